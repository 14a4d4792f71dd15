package shadowtest

import (
	"slices"
	"sort"
	"time"
)

// Message is a message on its way, as a script sees it.
type Message struct {
	ClientID  string // of the connection; "" for one behind [Service.Serve]
	Topic     string
	Payload   []byte // not to be changed
	ToService bool   // published by the client, rather than delivered to it
}

// Action is what befalls a message. The zero value: nothing.
type Action struct {
	Drop      bool          // it is lost, although its sender takes it for delivered
	Duplicate int           // how many times more it arrives
	Delay     time.Duration // how much later it arrives; later messages overtake it
	// Behind is how many later messages of the same connection and direction go
	// first. When they do not come, it arrives after Options.Hold.
	Behind int
	Reject int // a request is refused with this code instead of being carried out
	// Disconnect cuts the connection once the message arrived (or was dropped):
	// a request is carried out, but its answer is lost. The connection comes
	// back after Options.Reconnect. No effect behind [Service.Serve].
	Disconnect bool
}

// Script sets what befalls every message from now on; nil: nothing. f must not
// block and must not call the Service; it is called for one message at a time,
// in the order in which messages set out. One that always returns the zero
// Action is a record of the traffic.
func (s *Service) Script(f func(Message) Action) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = f
}

// fate asks the script, with s.mu held.
func (s *Service) fate(m Message) Action {
	if s.script == nil {
		return Action{}
	}
	return s.script(m)
}

// due is something to do at a time.
type due struct {
	at time.Time
	f  func()
}

// later runs f with s.mu held: now, when it is held already, or after a time.
// What is due at one time is done in the order in which it was asked for,
// whichever timer is first.
func (s *Service) later(d time.Duration, f func()) {
	if d <= 0 {
		f()
		return
	}
	at := time.Now().Add(d)
	i := sort.Search(len(s.due), func(i int) bool { return s.due[i].at.After(at) })
	s.due = slices.Insert(s.due, i, due{at, f})
	time.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		next := s.due[0]
		s.due = slices.Delete(s.due, 0, 1)
		next.f()
	})
}

// lane is one direction of one connection, with the messages that wait for
// others to go first.
type lane struct{ held []*held }

type held struct {
	behind int
	f      func()
}

// pass lets a message by, with s.mu held, and after it whatever waited for it.
func (s *Service) pass(l *lane, behind int, f func()) {
	if behind > 0 {
		h := &held{behind, f}
		l.held = append(l.held, h)
		s.later(s.o.Hold, func() {
			if i := slices.Index(l.held, h); i >= 0 {
				l.held = slices.Delete(l.held, i, i+1)
				f()
			}
		})
		return
	}
	f()
	var now []*held
	l.held = slices.DeleteFunc(l.held, func(h *held) bool {
		if h.behind--; h.behind == 0 {
			now = append(now, h)
		}
		return h.behind == 0
	})
	for _, h := range now {
		h.f()
	}
}
