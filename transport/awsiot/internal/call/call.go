// Package call is the asking that all services of package awsiot have in
// common: on one connection, subscribe to where answers arrive, publish a
// request, and wait for the answer to it.
package call

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/brinkml/brink/transport/awsiot"
)

// Message is what arrived.
type Message struct {
	Topic   string
	Payload []byte
}

// Line is the subscriptions of one service on one connection. It is safe for
// concurrent use.
type Line struct {
	conn    awsiot.Conn
	ctx     context.Context // ends with the connection, and with Close
	cancel  context.CancelFunc
	detach  func()
	timeout time.Duration

	mu      sync.Mutex
	waiting []*wait
	notice  func(Message)
}

type wait struct {
	matches func(Message) bool
	answer  chan Message
}

// Open subscribes to topics on the connection that ctx, one of Conn.Links,
// stands for. Each message that no request waits for goes to notice, which must
// not block; nil drops them. A request waits for its answer for timeout at most.
func Open(ctx context.Context, c awsiot.Conn, topics []string, timeout time.Duration, notice func(Message)) (*Line, error) {
	if notice == nil {
		notice = func(Message) {}
	}
	l := &Line{conn: c, timeout: timeout, notice: notice}
	l.ctx, l.cancel = context.WithCancel(ctx)
	wait, cancel := context.WithTimeout(l.ctx, timeout)
	defer cancel()
	detach, err := c.Subscribe(wait, topics, l.receive)
	if err != nil {
		err = l.reason(wait, "subscribe", err)
		l.cancel()
		return nil, err
	}
	l.detach = detach
	return l, nil
}

// Close ends the subscriptions and every request that is under way.
func (l *Line) Close() {
	l.cancel()
	l.detach()
}

// Done is closed when the connection is lost, or the Line closed.
func (l *Line) Done() <-chan struct{} { return l.ctx.Done() }

func (l *Line) receive(topic string, payload []byte) {
	if l.ctx.Err() != nil {
		return
	}
	m := Message{topic, payload}
	l.mu.Lock()
	i := slices.IndexFunc(l.waiting, func(w *wait) bool { return w.matches(m) })
	var w *wait
	if i >= 0 {
		w = l.waiting[i]
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	l.mu.Unlock()
	if w != nil {
		w.answer <- m
		return
	}
	l.notice(m)
}

// Do publishes a request and returns the first message that matches: matches is
// called for each that arrives, must not block, and decides by topic and, where
// the service has one, by client token. Errors are [awsiot.ErrTimeout] and
// [awsiot.ErrNoLink], after which the request may have been carried out, what
// the connection said, or ctx's.
func (l *Line) Do(ctx context.Context, topic string, payload []byte, matches func(Message) bool) (Message, error) {
	w := &wait{matches, make(chan Message, 1)}
	l.mu.Lock()
	l.waiting = append(l.waiting, w)
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.waiting = slices.DeleteFunc(l.waiting, func(v *wait) bool { return v == w })
	}()
	both, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	defer context.AfterFunc(l.ctx, cancel)()
	if err := l.conn.Publish(both, topic, payload); err != nil {
		return Message{}, l.reason(both, topic, err)
	}
	select {
	case m := <-w.answer:
		return m, nil
	case <-both.Done():
		if ctx.Err() != nil {
			return Message{}, ctx.Err()
		}
		return Message{}, l.reason(both, topic, both.Err())
	}
}

// reason says which of the ends of a request it was.
func (l *Line) reason(wait context.Context, what string, err error) error {
	switch {
	case l.ctx.Err() != nil:
		return fmt.Errorf("%w: %s", awsiot.ErrNoLink, what)
	case errors.Is(wait.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%w: %s", awsiot.ErrTimeout, what)
	default:
		return fmt.Errorf("awsiot: %s: %w", what, err)
	}
}
