package shadowtest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/brinkml/brink/shadow"
)

const (
	maxTopics  = 8 // filters in one SUBSCRIBE on the AWS broker
	maxPayload = 128 << 10
	maxQueue   = 4096 // messages that wait for a client before it is cut off
)

// conn is an in-memory connection. Its fields are guarded by the Service's
// lock.
type conn struct {
	s       *Service
	id      string
	link    *link         // nil while offline
	up      chan struct{} // closed when link is set
	in, out lane          // to and from the service
	queue   []delivery
	pumping bool
}

type link struct {
	ctx     context.Context
	cut     context.CancelFunc
	subs    []*subscription
	flights flights
}

type subscription struct {
	filters []string
	h       func(topic string, payload []byte)
}

type delivery struct {
	link *link
	publication
	cut bool // instead of a message: what was before it has arrived, now the connection goes
}

// Conn returns the connection of a client, connected at first; the same one for
// the same id. It routes shadow requests to the service and every other message
// to whoever subscribed to it on any Conn of the service. Publish returns when
// the service has the message, or a fault swallowed it.
func (s *Service) Conn(clientID string) shadow.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn(clientID)
}

func (s *Service) conn(id string) *conn {
	c := s.conns[id]
	if c == nil {
		c = &conn{s: s, id: id, up: make(chan struct{})}
		s.conns[id] = c
		c.connect()
	}
	return c
}

// Disconnect cuts a client's connection and keeps it down until
// [Service.Connect].
func (s *Service) Disconnect(clientID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn(clientID).disconnect()
}

// Connect brings a client's connection back.
func (s *Service) Connect(clientID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn(clientID).connect()
}

func (c *conn) connect() {
	if c.link != nil {
		return
	}
	ctx, cut := context.WithCancel(context.Background())
	c.link = &link{ctx: ctx, cut: cut, flights: flights{}}
	close(c.up)
}

func (c *conn) disconnect() {
	if c.link == nil {
		return
	}
	c.link.cut()
	c.link = nil
	c.up = make(chan struct{})
	c.queue = nil
}

// fail is a fault's disconnect: the connection comes back by itself, unless
// someone else took care of it.
func (c *conn) fail() {
	if c.link == nil {
		return
	}
	c.disconnect()
	up := c.up
	time.AfterFunc(c.s.o.Reconnect, func() {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		if c.up == up {
			c.connect()
		}
	})
}

// Links implements [shadow.Conn].
func (c *conn) Links(ctx context.Context) iter.Seq[context.Context] {
	return func(yield func(context.Context) bool) {
		var last *link
		for ctx.Err() == nil {
			c.s.mu.Lock()
			l, up := c.link, c.up
			c.s.mu.Unlock()
			switch {
			case l == nil:
				select {
				case <-up:
				case <-ctx.Done():
				}
			case l == last:
				select {
				case <-l.ctx.Done():
				case <-ctx.Done():
				}
			default:
				if last = l; !yield(l.ctx) {
					return
				}
			}
		}
	}
}

// Subscribe implements [shadow.Conn].
func (c *conn) Subscribe(ctx context.Context, topics []string, h func(topic string, payload []byte)) (cancel func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(topics) > maxTopics {
		return nil, fmt.Errorf("shadowtest: %d topics in one SUBSCRIBE; the limit is %d", len(topics), maxTopics)
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.link == nil {
		return nil, shadow.ErrNoLink
	}
	l, sub := c.link, &subscription{slices.Clone(topics), h}
	l.subs = append(l.subs, sub)
	return func() {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		l.subs = slices.DeleteFunc(l.subs, func(s *subscription) bool { return s == sub })
	}, nil
}

// Publish implements [shadow.Conn].
func (c *conn) Publish(ctx context.Context, topic string, payload []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.link == nil {
		return shadow.ErrNoLink
	}
	if len(payload) > maxPayload {
		c.fail() // as the AWS broker does
		return errors.New("shadowtest: payload above 128 KiB")
	}
	pub := publication{topic: topic, payload: slices.Clone(payload)}
	act := c.s.fate(Message{c.id, topic, pub.payload, true})
	if !act.Drop {
		under := c.link.flights // a request counts for the link that it came over
		c.s.later(act.Delay, func() {
			c.s.pass(&c.in, act.Behind, func() { c.s.published(under, pub, act) })
		})
	}
	if act.Disconnect {
		c.fail()
	}
	return nil
}

// published is a client's message that arrived at the broker.
func (s *Service) published(under flights, pub publication, act Action) {
	if r, ok := parseTopic(pub.topic); ok {
		r.payload = pub.payload
		s.arrive(under, "", r, act)
		return
	}
	for range 1 + act.Duplicate {
		s.route(pub)
	}
}

// serve carries out a request as often as a fault wants.
func (s *Service) serve(r request, act Action) {
	for range 1 + act.Duplicate {
		var out []publication
		switch {
		case act.Reject != 0:
			out = s.refuse(r, scripted(act.Reject))
		case !s.takes(r.thing):
			out = s.refuse(r, tooManyRequests)
		default:
			out, _ = s.handle(r)
		}
		s.emit(out)
	}
}

// emit sends the service's messages to all who subscribed, with s.mu held.
func (s *Service) emit(out []publication) {
	for _, p := range out {
		if len(s.outlets) > 0 {
			p.encode()
		}
		s.route(p)
		for o := range s.outlets {
			s.forward(o, p)
		}
	}
}

// route delivers one message over the in-memory connections, in the order of
// their names so that a seeded script repeats itself.
func (s *Service) route(p publication) {
	for _, id := range slices.Sorted(maps.Keys(s.conns)) {
		c := s.conns[id]
		l := c.link
		if l == nil || !slices.ContainsFunc(l.subs, func(sub *subscription) bool { return sub.matches(p.topic) }) {
			continue
		}
		p.encode()
		act := s.fate(Message{c.id, p.topic, p.payload, false})
		arrive := func() {
			for range 1 + act.Duplicate {
				c.deliver(delivery{link: l, publication: p})
			}
			if act.Disconnect {
				c.deliver(delivery{link: l, cut: true})
			}
		}
		switch {
		case !act.Drop:
			s.later(act.Delay, func() { s.pass(&c.out, act.Behind, arrive) })
		case act.Disconnect:
			s.later(act.Delay, func() { c.deliver(delivery{link: l, cut: true}) })
		}
	}
}

func (sub *subscription) matches(topic string) bool {
	return slices.ContainsFunc(sub.filters, func(f string) bool { return matches(f, topic) })
}

// deliver queues a message for the handlers, with s.mu held.
func (c *conn) deliver(d delivery) {
	if c.link != d.link {
		return
	}
	if len(c.queue) == maxQueue {
		c.fail()
		return
	}
	c.queue = append(c.queue, d)
	if !c.pumping {
		c.pumping = true
		go c.pump()
	}
}

// pump calls handlers in the order of the messages until none is left.
func (c *conn) pump() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for len(c.queue) > 0 {
		d := c.queue[0]
		c.queue = c.queue[1:]
		if d.cut {
			c.fail()
			continue
		}
		for _, sub := range slices.Clone(d.link.subs) {
			if !sub.matches(d.topic) {
				continue
			}
			c.s.mu.Unlock()
			sub.h(d.topic, slices.Clone(d.payload))
			c.s.mu.Lock()
		}
	}
	c.pumping = false
}
