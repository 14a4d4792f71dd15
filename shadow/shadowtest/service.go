package shadowtest

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/brinkml/brink/shadow"
)

// Options of a Service. The zero value is the AWS service's behaviour, without
// delay.
type Options struct {
	// Limits: Depth of one section (0: 6) and Size of both together (0: 8192
	// bytes of compact JSON).
	Limits shadow.Limits
	// Things that exist; requests for others are refused with 404. Nil: every
	// thing exists.
	Things []string
	// Latency is how long a request over [Service.Conn] takes. 0: it is
	// answered at once.
	Latency time.Duration
	// InFlight is how many requests one connection may have under way before
	// 429. 0: 10.
	InFlight int
	// Reconnect is how long a connection cut by a fault stays down. 0: 1 s.
	Reconnect time.Duration
}

// Service is the shadow service. Its methods are safe for concurrent use.
type Service struct {
	o Options

	mu      sync.Mutex
	shadows map[key]*record
	stats   map[key]*Stats
	conns   map[string]*conn
	outlets map[*outlet]struct{}
	script  func(Message) Action
}

type key struct{ thing, name string }

// New makes a service without shadows. Nil options are the defaults.
func New(o *Options) *Service {
	if o == nil {
		o = &Options{}
	}
	s := &Service{
		o:       *o,
		shadows: map[key]*record{},
		stats:   map[key]*Stats{},
		conns:   map[string]*conn{},
		outlets: map[*outlet]struct{}{},
	}
	s.o.Things = slices.Clone(o.Things)
	s.o.Limits.Depth = cmp.Or(s.o.Limits.Depth, 6)
	s.o.Limits.Size = cmp.Or(s.o.Limits.Size, 8192)
	s.o.InFlight = cmp.Or(s.o.InFlight, 10)
	s.o.Reconnect = cmp.Or(s.o.Reconnect, time.Second)
	return s
}

// Document is a shadow's present state. Sections that are not there are nil.
type Document struct {
	Desired, Reported json.RawMessage
	Delta             json.RawMessage // nil when reported shows all that is desired
	Version           int64
}

// Document returns the shadow of a thing, "" being the classic one; false when
// there is none.
func (s *Service) Document(thing, name string) (Document, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.shadows[key{thing, name}]
	if r == nil || !r.exists {
		return Document{}, false
	}
	return Document{slices.Clone(r.desired), slices.Clone(r.reported), r.delta(), r.version}, true
}

// Stats counts the requests for one shadow, direct ones included.
type Stats struct {
	Gets, Updates, Deletes int
	Rejected               int // of all those
	Conflicts              int // of the rejected ones, 409
}

// Stats returns the counters of one shadow.
func (s *Service) Stats(thing, name string) Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.counters(key{thing, name})
}

func (s *Service) counters(k key) *Stats {
	if s.stats[k] == nil {
		s.stats[k] = &Stats{}
	}
	return s.stats[k]
}

// SetDesired merges patch into the desired section, as an application does over
// the service's HTTPS interface: connected devices get the messages. A nil or
// null patch removes the section. The error is a [*shadow.RejectedError].
func (s *Service) SetDesired(thing, name string, patch json.RawMessage) error {
	return s.set(thing, name, "desired", patch)
}

// SetReported is SetDesired for the reported section.
func (s *Service) SetReported(thing, name string, patch json.RawMessage) error {
	return s.set(thing, name, "reported", patch)
}

func (s *Service) set(thing, name, section string, patch json.RawMessage) error {
	if patch == nil {
		patch = json.RawMessage("null")
	}
	return s.Update(thing, name, slices.Concat([]byte(`{"state":{"`), []byte(section), []byte(`":`), patch, []byte(`}}`)))
}

// Update carries out an update request: {"state": ..., "version": ...,
// "clientToken": ...}.
func (s *Service) Update(thing, name string, request json.RawMessage) error {
	return s.direct(thing, name, "update", request)
}

// Delete deletes a shadow.
func (s *Service) Delete(thing, name string) error {
	return s.direct(thing, name, "delete", nil)
}

func (s *Service) direct(thing, name, op string, payload []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	out, err := s.handle(request{key{thing, name}, op, payload})
	s.emit(out)
	if err != nil {
		return err
	}
	return nil
}
