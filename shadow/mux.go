package shadow

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
)

// MuxOptions of [NewMux]. The zero value is ready to use.
type MuxOptions struct {
	// InFlight is how many requests of all shadows together may wait for their
	// answers; others wait for their turn. The AWS service refuses the eleventh
	// on a connection. 0: 8.
	InFlight int

	// AnyThing subscribes for all things at once, with a wildcard in place of
	// the thing's name: for a hub that speaks for many. What the connection may
	// subscribe to has to allow it. Without it each thing costs its own
	// subscriptions, seven for its classic shadow and seven for its named ones;
	// the AWS broker allows 50 on a connection.
	AnyThing bool
}

// Mux is a [Conn] through which many shadows share one connection: they
// subscribe once, named shadows of a thing with a wildcard in place of their
// name, and share the number of requests that may be under way. It starts no
// goroutine, and is safe for concurrent use. Bind all shadows of a connection
// to one Mux.
type Mux struct {
	conn     Conn
	anyThing bool
	slots    chan struct{}

	mu     sync.Mutex
	groups map[string]*group // by their filters
}

// group is one SUBSCRIBE on one connection and those who listen.
type group struct {
	link   context.Context // of the connection
	ready  chan struct{}   // closed when the broker answered
	err    error           // valid then
	cancel func()
	taps   map[*tap]struct{}
}

// tap is one listener.
type tap struct {
	topics []string
	h      func(topic string, payload []byte)
}

var _ Conn = (*Mux)(nil)

// NewMux makes a Mux over a connection. Nil options are the defaults.
func NewMux(c Conn, o *MuxOptions) (*Mux, error) {
	if o == nil {
		o = &MuxOptions{}
	}
	var errs []error
	if c == nil {
		errs = append(errs, errors.New("shadow: no connection given"))
	}
	if o.InFlight < 0 {
		errs = append(errs, fmt.Errorf("shadow: InFlight is %d; want none or more", o.InFlight))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	n := o.InFlight
	if n == 0 {
		n = 8
	}
	return &Mux{conn: c, anyThing: o.AnyThing, slots: make(chan struct{}, n), groups: map[string]*group{}}, nil
}

// Publish implements [Conn].
func (m *Mux) Publish(ctx context.Context, topic string, payload []byte) error {
	return m.conn.Publish(ctx, topic, payload)
}

// linkKey is under which a context of Links finds the connection's own.
type linkKey struct{ m *Mux }

// Links implements [Conn].
func (m *Mux) Links(ctx context.Context) iter.Seq[context.Context] {
	return func(yield func(context.Context) bool) {
		for l := range m.conn.Links(ctx) {
			if !yield(context.WithValue(l, linkKey{m}, l)) {
				return
			}
		}
	}
}

// Subscribe implements [Conn]. ctx is from one that Links yielded.
func (m *Mux) Subscribe(ctx context.Context, topics []string, h func(topic string, payload []byte)) (cancel func(), err error) {
	link, ok := ctx.Value(linkKey{m}).(context.Context)
	if !ok {
		link = ctx
	}
	filters := make([]string, len(topics))
	for i, t := range topics {
		filters[i] = m.filter(t)
	}
	key, t := strings.Join(filters, "\x00"), &tap{topics, h}
	for {
		m.mu.Lock()
		g := m.groups[key]
		first := g == nil || g.link.Err() != nil
		if first {
			g = &group{link: link, ready: make(chan struct{}), taps: map[*tap]struct{}{}}
			m.groups[key] = g
		}
		g.taps[t] = struct{}{}
		m.mu.Unlock()
		if first {
			g.cancel, g.err = m.conn.Subscribe(ctx, filters, func(topic string, payload []byte) { m.deliver(g, topic, payload) })
			if g.err != nil {
				m.mu.Lock()
				if m.groups[key] == g {
					delete(m.groups, key)
				}
				m.mu.Unlock()
			}
			close(g.ready)
		}
		select {
		case <-g.ready:
		case <-ctx.Done():
			m.drop(key, g, t)
			return nil, ctx.Err()
		}
		if g.err == nil {
			return sync.OnceFunc(func() { m.drop(key, g, t) }), nil
		}
		m.drop(key, g, t)
		if first || ctx.Err() != nil {
			return nil, g.err
		}
		// It failed for another shadow, perhaps only because that one stopped.
	}
}

// drop ends a listener, and the subscription with the last of them.
func (m *Mux) drop(key string, g *group, t *tap) {
	m.mu.Lock()
	delete(g.taps, t)
	last := len(g.taps) == 0
	if last && m.groups[key] == g {
		delete(m.groups, key)
	}
	m.mu.Unlock()
	if !last {
		return
	}
	// Who makes the subscription listens until it is made.
	if <-g.ready; g.cancel != nil {
		g.cancel()
	}
}

func (m *Mux) deliver(g *group, topic string, payload []byte) {
	var to []func(topic string, payload []byte)
	m.mu.Lock()
	for t := range g.taps {
		for _, want := range t.topics {
			if want == topic {
				to = append(to, t.h)
				break
			}
		}
	}
	m.mu.Unlock()
	for _, h := range to {
		h(topic, payload)
	}
}

// filter is the topic filter that stands for a topic of a shadow.
func (m *Mux) filter(topic string) string {
	p := strings.Split(topic, "/") // $aws/things/<thing>/shadow[/name/<name>]/...
	if len(p) < 5 || p[0] != "$aws" || p[1] != "things" || p[3] != "shadow" {
		return topic
	}
	if m.anyThing {
		p[2] = "+"
	}
	if p[4] == "name" && len(p) > 6 {
		p[5] = "+"
	}
	return strings.Join(p, "/")
}
