package shadowtest

import (
	"context"
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

// outlet is where messages leave for a broker.
type outlet struct {
	out chan publication
}

// send queues a message; a full queue loses it, as a broker may.
func (o *outlet) send(p publication) {
	select {
	case o.out <- p:
	default:
	}
}

// Serve answers requests for all things over a connection to a broker, until
// ctx ends; it returns ctx's error. The broker must let this client subscribe
// to $aws/things/+/shadow/get and the like, with wildcards, and publish to the
// topics of the answers. Devices reach the service through the same broker.
// Everything runs on the calling goroutine; the connection's handler only
// queues. A script's delay of an answer holds up those behind it. Several
// Serves, and connections from [Service.Conn], may be under way together.
func (s *Service) Serve(ctx context.Context, c shadow.Conn) error {
	for l := range c.Links(ctx) {
		for ctx.Err() == nil && l.Err() == nil {
			if err := s.serveLink(ctx, l, c); err != nil && ctx.Err() == nil && l.Err() == nil {
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
		}
	})
	if err != nil {
		return err
	}
	defer unsubscribe()

	o := &outlet{out: make(chan publication, 1024)}
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
			s.accept(r)
		case p := <-o.out:
			if err := s.forward(ctx, c, p); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// accept carries out a request that came through a broker.
func (s *Service) accept(r request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	act := s.fate(Message{Topic: r.topic(r.op), Payload: r.payload, ToService: true})
	if !act.Drop {
		s.later(act.Delay, func() { s.serve(r, act) })
	}
}

// forward publishes a message on the broker.
func (s *Service) forward(ctx context.Context, c shadow.Conn, p publication) error {
	s.mu.Lock()
	act := s.fate(Message{Topic: p.topic, Payload: p.payload})
	s.mu.Unlock()
	if act.Drop {
		return nil
	}
	if act.Delay > 0 {
		select {
		case <-time.After(act.Delay):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for range 1 + act.Duplicate {
		if err := c.Publish(ctx, p.topic, p.payload); err != nil {
			return err
		}
	}
	return nil
}
