package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/storage"
	"github.com/mochi-mqtt/server/v2/packets"
)

// sessions keep on the disk what devices with persistent sessions, such as the book's leaf, have subscribed to: after a restart of the gateway
// they connect and hear on, without subscribing again. Messages are not among it.
type sessions struct {
	mochi.HookBase
	path string
	log  *slog.Logger

	mu   sync.Mutex
	kept map[string]map[string]byte // QoS by client and filter
}

// Bounds of what is kept; the devices and filters that come after them have to subscribe again.
const (
	maxSessions = 1000
	maxFilters  = 50
)

// openSessions reads what is kept. A file that is damaged is as good as none: devices are told that there is no session.
func openSessions(path string, log *slog.Logger) (*sessions, error) {
	s := &sessions{path: path, log: log, kept: map[string]map[string]byte{}}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &s.kept); err != nil || s.kept == nil {
		log.Warn("the devices' subscriptions are lost", "err", err)
		s.kept = map[string]map[string]byte{}
	}
	return s, nil
}

func (s *sessions) ID() string { return "sessions" }

func (s *sessions) Provides(b byte) bool {
	switch b {
	case mochi.StoredClients, mochi.StoredSubscriptions, mochi.OnSubscribed, mochi.OnUnsubscribed, mochi.OnSessionEstablished, mochi.OnClientExpired:
		return true
	}
	return false
}

// StoredClients is asked when the broker starts.
func (s *sessions) StoredClients() (out []storage.Client, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.kept {
		out = append(out, storage.Client{ID: id, ProtocolVersion: 4})
	}
	return out, nil
}

// StoredSubscriptions is asked after that.
func (s *sessions) StoredSubscriptions() (out []storage.Subscription, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, filters := range s.kept {
		for filter, qos := range filters {
			out = append(out, storage.Subscription{Client: id, Filter: filter, Qos: qos})
		}
	}
	return out, nil
}

// OnSubscribed notes what was granted.
func (s *sessions) OnSubscribed(c *mochi.Client, p packets.Packet, granted []byte) {
	if c.Net.Inline || c.Properties.Clean {
		return
	}
	s.change(func() (changed bool) {
		for i, f := range p.Filters {
			if i >= len(granted) || granted[i] > 2 {
				continue
			}
			filters := s.kept[c.ID]
			if filters == nil {
				if len(s.kept) >= maxSessions {
					return changed
				}
				filters = map[string]byte{}
				s.kept[c.ID] = filters
			}
			qos, known := filters[f.Filter]
			if known && qos == granted[i] || !known && len(filters) >= maxFilters {
				continue
			}
			filters[f.Filter], changed = granted[i], true
		}
		return changed
	})
}

// OnUnsubscribed forgets filters.
func (s *sessions) OnUnsubscribed(c *mochi.Client, p packets.Packet) {
	s.change(func() (changed bool) {
		for _, f := range p.Filters {
			if _, known := s.kept[c.ID][f.Filter]; known {
				delete(s.kept[c.ID], f.Filter)
				changed = true
			}
		}
		return changed
	})
}

// OnSessionEstablished forgets the session of a device that begins a clean one.
func (s *sessions) OnSessionEstablished(c *mochi.Client, _ packets.Packet) {
	if c.Properties.Clean {
		s.forget(c.ID)
	}
}

// OnClientExpired forgets a session.
func (s *sessions) OnClientExpired(c *mochi.Client) { s.forget(c.ID) }

func (s *sessions) forget(id string) {
	s.change(func() bool {
		_, known := s.kept[id]
		delete(s.kept, id)
		return known
	})
}

// change writes the file anew when f has changed something.
func (s *sessions) change(f func() bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !f() {
		return
	}
	if err := s.save(); err != nil {
		s.log.Warn("the devices' subscriptions are not stored", "err", err)
	}
}

func (s *sessions) save() error {
	b, err := json.Marshal(s.kept)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(s.path), filepath.Base(s.path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), s.path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}
