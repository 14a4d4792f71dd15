package shadowtest

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
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
	// Rules of documents. The zero value is IoT Core's.
	Rules shadow.Rules
	// Things that exist; requests for others are refused with 404. Nil: every
	// thing exists.
	Things []string
	// Latency is how long a request over [Service.Conn] or [Service.Serve]
	// takes. 0: it is answered at once.
	Latency time.Duration
	// InFlight is how many requests one connection may have under way before
	// 429. 0: 10.
	InFlight int
	// Rate is how many requests each thing has a second before 429: a bucket
	// that holds as many and fills at that rate. 0: no limit; the service's has
	// been 20, and depends on account and region. Direct calls, such as
	// [Service.SetDesired], do not count.
	Rate int
	// Reconnect is how long a connection cut by a fault stays down. 0: 1 s.
	Reconnect time.Duration
	// Hold is how long a message waits for those that Action.Behind puts before
	// it. 0: 1 s.
	Hold time.Duration
	// Logger gets one line for each request, at level Info, and trouble with
	// broker and disk; nil discards. Its handler must not call the Service.
	Logger *slog.Logger
}

// Service is the shadow service. Its methods are safe for concurrent use.
type Service struct {
	o     Options
	store *store // nil in memory

	mu      sync.Mutex
	shadows map[key]*record
	stats   map[key]*Stats
	conns   map[string]*conn
	outlets map[*outlet]struct{}
	script  func(Message) Action
	due     []due // sorted
	buckets map[string]*bucket
	changed chan struct{} // closed, and another made, at each change of a document
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
		buckets: map[string]*bucket{},
		changed: make(chan struct{}),
	}
	s.o.Things = slices.Clone(o.Things)
	s.o.Limits.Depth = cmp.Or(s.o.Limits.Depth, 6)
	s.o.Limits.Size = cmp.Or(s.o.Limits.Size, 8192)
	s.o.InFlight = cmp.Or(s.o.InFlight, 10)
	s.o.Reconnect = cmp.Or(s.o.Reconnect, time.Second)
	s.o.Hold = cmp.Or(s.o.Hold, time.Second)
	if s.o.Logger == nil {
		s.o.Logger = slog.New(slog.DiscardHandler)
	}
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
	return s.document(key{thing, name})
}

func (s *Service) document(k key) (Document, bool) {
	r := s.shadows[k]
	if r == nil || !r.exists {
		return Document{}, false
	}
	return Document{slices.Clone(r.desired), slices.Clone(r.reported), s.delta(r), r.version}, true
}

// WaitDocument waits until the shadow of a thing is as ok wants it, now or after
// a change, and returns it; a shadow that is not there is the zero Document. ok
// must not call the Service. The error is ctx's, with the document of the time.
func (s *Service) WaitDocument(ctx context.Context, thing, name string, ok func(Document) bool) (Document, error) {
	for {
		s.mu.Lock()
		d, _ := s.document(key{thing, name})
		changed := s.changed
		s.mu.Unlock()
		if ok(d) {
			return d, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return d, ctx.Err()
		}
	}
}

// Shadows returns the names of a thing's shadows that have a document, sorted:
// "" for the classic one, which the service's ListNamedShadowsForThing leaves
// out, before the named ones.
func (s *Service) Shadows(thing string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for k, r := range s.shadows {
		if k.thing == thing && r.exists {
			names = append(names, k.name)
		}
	}
	slices.Sort(names)
	return names
}

// Things returns the names of the things that have a shadow, sorted.
func (s *Service) Things() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for k, r := range s.shadows {
		if r.exists {
			names = append(names, k.thing)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// keep makes r the record of a shadow, on the disk first. False: it could not.
func (s *Service) keep(k key, r *record) bool {
	if err := s.store.save(k, r); err != nil {
		s.o.Logger.Error("shadow not saved", slog.String("thing", k.thing), slog.String("shadow", k.name), slog.Any("error", err))
		return false
	}
	s.shadows[k] = r
	close(s.changed)
	s.changed = make(chan struct{})
	return true
}

// Stats counts the requests for one shadow, direct ones included.
type Stats struct {
	Gets, Updates, Deletes int
	Rejected               int // of all those
	Conflicts              int // of the rejected ones, 409
	Throttled              int // of the rejected ones, 429
}

// Stats returns the counters of one shadow.
func (s *Service) Stats(thing, name string) Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.counters(key{thing, name})
}

// Total returns the counters of all shadows together, those of requests for
// things and shadows that do not exist included.
func (s *Service) Total() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	var t Stats
	for _, c := range s.stats {
		t.Gets += c.Gets
		t.Updates += c.Updates
		t.Deletes += c.Deletes
		t.Rejected += c.Rejected
		t.Conflicts += c.Conflicts
		t.Throttled += c.Throttled
	}
	return t
}

func (s *Service) counters(k key) *Stats {
	if s.stats[k] == nil {
		s.stats[k] = &Stats{}
	}
	return s.stats[k]
}

// SetDesired merges patch into the desired section, as an application does over
// the service's HTTPS interface: connected devices get the messages of a change,
// but a refusal is told to nobody else. A nil or null patch removes the section.
// The error is a [*shadow.RejectedError].
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
	if err != nil {
		return err
	}
	s.emit(out)
	return nil
}
