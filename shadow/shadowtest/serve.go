package shadowtest

import (
	"context"
	"log/slog"
	"time"

	"github.com/brinkml/brink/shadow"
)

// requestFilters are the topics on which requests for all shadows arrive: six,
// and none that the service itself publishes on.
func requestFilters() []string {
	var all []string
	for _, prefix := range []string{"$aws/things/+/shadow/", "$aws/things/+/shadow/name/+/"} {
		for _, op := range []string{"get", "update", "delete"} {
			all = append(all, prefix+op)
		}
	}
	return all
}

// outlet is a broker's side of one link of Serve. All but the channel is
// guarded by the Service's lock.
type outlet struct {
	ready   chan publication // the messages on their way to the broker
	in, out lane
	flights flights
}

// Serve answers requests for all things over a connection to a broker, until
// ctx ends; it returns ctx's error. The broker must let this client subscribe
// to $aws/things/+/shadow/get and the like, with wildcards, and publish to the
// topics of the answers. Devices reach the service through the same broker.
// Everything runs on the calling goroutine; the connection's handler only
// queues, up to 256 requests and 1,024 messages; what comes while a queue is full
// is lost. The broker does not tell who published, so Options.InFlight counts
// for each thing. Several Serves, and connections from [Service.Conn], may be
// under way together.
func (s *Service) Serve(ctx context.Context, c shadow.Conn) error {
	for l := range c.Links(ctx) {
		for ctx.Err() == nil && l.Err() == nil {
			if err := s.serveLink(ctx, l, c); err != nil && ctx.Err() == nil && l.Err() == nil {
				s.o.Logger.Warn("shadow service interrupted", slog.Any("error", err))
				select { // a refused subscription on a standing connection
				case <-time.After(time.Second):
				case <-ctx.Done():
				}
			}
		}
		if ctx.Err() != nil {
			break
		}
	}
	return ctx.Err()
}

func (s *Service) serveLink(ctx, l context.Context, c shadow.Conn) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l, cancel)()

	in := make(chan request, 256)
	unsubscribe, err := c.Subscribe(ctx, requestFilters(), func(topic string, payload []byte) {
		r, ok := parseTopic(topic)
		if !ok {
			return
		}
		r.payload = payload
		select {
		case in <- r:
		default: // the client's timeout takes care of it
			s.o.Logger.Warn("shadow request lost", slog.String("topic", topic))
		}
	})
	if err != nil {
		return err
	}
	defer unsubscribe()

	o := &outlet{ready: make(chan publication, 1024), flights: flights{}}
	s.mu.Lock()
	s.outlets[o] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.outlets, o)
		s.mu.Unlock()
	}()
	for {
		select {
		case r := <-in:
			s.accept(o, r)
		case p := <-o.ready:
			if err := c.Publish(ctx, p.topic, p.payload); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// accept takes a request that came through a broker.
func (s *Service) accept(o *outlet, r request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	act := s.fate(Message{Topic: r.topic(r.op), Payload: r.payload, ToService: true})
	if act.Drop {
		return
	}
	s.later(act.Delay, func() {
		s.pass(&o.in, act.Behind, func() { s.arrive(o.flights, r.thing, r, act) })
	})
}

// forward queues a message for the broker, with s.mu held; a full queue loses
// it, as a broker may.
func (s *Service) forward(o *outlet, p publication) {
	act := s.fate(Message{Topic: p.topic, Payload: p.payload})
	if act.Drop {
		return
	}
	s.later(act.Delay, func() {
		s.pass(&o.out, act.Behind, func() {
			for range 1 + act.Duplicate {
				select {
				case o.ready <- p:
				default:
				}
			}
		})
	})
}
