// Package play is the serving that the twins of AWS IoT's services have in
// common: on each connection, subscribe to where requests arrive, and answer
// them one after the other.
package play

import (
	"context"
	"sync"
	"time"

	"github.com/brinkml/brink/transport/awsiot"
)

// Message is a request or an answer.
type Message struct {
	Topic   string
	Payload []byte
}

// Stage is where a service is played. The zero value is ready to use.
type Stage struct {
	mu      sync.Mutex
	serving int           // connections that it is subscribed on
	up      chan struct{} // closed while there are some
}

// Serve subscribes to filters on each connection of c and hands what arrives to
// handle, which may answer with send, until ctx ends; it returns ctx's error.
// Everything runs on the calling goroutine. An answer that cannot be published
// is lost, and so is a request beyond 256 that wait. push, if not nil, brings
// messages that the service sends of its own accord.
func (s *Stage) Serve(ctx context.Context, c awsiot.Conn, filters []string, handle func(m Message, send func(Message)), push <-chan Message) error {
	for link := range c.Links(ctx) {
		for ctx.Err() == nil && link.Err() == nil {
			if err := s.serve(ctx, link, c, filters, handle, push); err != nil && ctx.Err() == nil && link.Err() == nil {
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

func (s *Stage) serve(run, link context.Context, c awsiot.Conn, filters []string, handle func(Message, func(Message)), push <-chan Message) error {
	ctx, cancel := context.WithCancel(run)
	defer cancel()
	defer context.AfterFunc(link, cancel)()
	in := make(chan Message, 256)
	if len(filters) > 0 {
		unsubscribe, err := c.Subscribe(ctx, filters, func(topic string, payload []byte) {
			select {
			case in <- Message{topic, payload}:
			default:
			}
		})
		if err != nil {
			return err
		}
		defer unsubscribe()
	}
	s.enter(1)
	defer s.enter(-1)
	send := func(m Message) {
		if ctx.Err() == nil {
			_ = c.Publish(ctx, m.Topic, m.Payload) // lost, as on a broker; whoever asked has a timeout
		}
	}
	for {
		select {
		case m := <-in:
			handle(m, send)
		case m := <-push:
			send(m)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Stage) enter(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.up == nil {
		s.up = make(chan struct{})
	}
	if s.serving == 0 {
		close(s.up)
	}
	if s.serving += n; s.serving == 0 {
		s.up = make(chan struct{})
	}
}

// Ready waits until Serve is subscribed on a connection, or ctx ends.
func (s *Stage) Ready(ctx context.Context) error {
	s.mu.Lock()
	if s.up == nil {
		s.up = make(chan struct{})
	}
	up := s.up
	s.mu.Unlock()
	select {
	case <-up:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
