package transport

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"
)

// Conn publishes and subscribes on the present connection, without the lanes
// and without the disk: for protocols of request and answer, such as a device
// shadow, for which a message that arrives late is worse than none. It is safe
// for concurrent use.
type Conn struct{ o *Outbox }

// Conn returns the outbox's direct way to its connection.
func (o *Outbox) Conn() Conn { return Conn{o} }

func (o *Outbox) current() *link {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.link
}

// Publish sends a message with QoS 1 and returns when the broker has
// acknowledged it. Without a connection it returns [ErrNoLink] at once; when
// the connection ends before the acknowledgement, it returns an error that
// wraps ErrNoLink, and the message may or may not have arrived. A broker that
// refuses the message, where the protocol can say so, makes it a
// [*RejectedError].
func (c Conn) Publish(ctx context.Context, topic string, payload []byte) error {
	if err := c.o.profile.CheckTopic(topic); err != nil {
		return err
	}
	if len(payload) > c.o.opts.MaxPayload {
		return &SizeError{Size: len(payload), Limit: c.o.opts.MaxPayload}
	}
	l := c.o.current()
	if l == nil {
		return ErrNoLink
	}
	select {
	case l.direct <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.ctx.Done():
		return context.Cause(l.ctx)
	}
	if err := c.o.pause(ctx, l); err != nil {
		<-l.direct
		return err
	}
	p := Packet{Topic: topic, Payload: payload, QoS: 1}
	c.o.pace.take(c.o.clock(), 1, p.size())
	done := make(chan error, 1)
	l.sess.Publish(ctx, p, func(err error) {
		<-l.direct
		done <- err
	})
	select {
	case err := <-done:
		var rejected *RejectedError
		if err != nil && ctx.Err() == nil && !errors.As(err, &rejected) {
			err = fmt.Errorf("%w: %w", ErrNoLink, err)
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pause waits until the broker's limits let another packet go.
func (o *Outbox) pause(ctx context.Context, l *link) error {
	for {
		wait := o.pace.wait(o.clock())
		if wait == 0 {
			return nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-l.ctx.Done():
			timer.Stop()
			return context.Cause(l.ctx)
		}
	}
}

// Subscribe asks for the messages of several topics, wildcards allowed, with
// QoS 1 and returns when the broker has granted all of them. It holds for the
// present connection only; cancel ends it before. h is called for one message
// at a time, over all the topics. Without a connection the error is [ErrNoLink].
func (c Conn) Subscribe(ctx context.Context, topics []string, h func(topic string, payload []byte)) (cancel func(), err error) {
	if h == nil || len(topics) == 0 {
		return nil, &SubscribeError{strings.Join(topics, " "), errors.New("no topic or no handler")}
	}
	for _, t := range topics {
		if err := c.o.profile.CheckFilter(t); err != nil {
			return nil, err
		}
	}
	l := c.o.current()
	if l == nil {
		return nil, ErrNoLink
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var (
		wg       sync.WaitGroup
		serial   = new(sync.Mutex)
		detaches = make([]func(), len(topics))
		errs     = make([]error, len(topics))
	)
	for i, t := range topics {
		wg.Go(func() {
			detaches[i], errs[i] = l.subscribe(ctx, t, 1, func(_ context.Context, m Inbound) {
				h(m.Topic, m.Payload)
			}, serial)
		})
	}
	wg.Wait()
	cancel = sync.OnceFunc(func() {
		var wg sync.WaitGroup
		for _, detach := range detaches {
			if detach != nil {
				wg.Go(detach)
			}
		}
		wg.Wait()
	})
	if err := errors.Join(errs...); err != nil {
		cancel()
		return nil, err
	}
	return cancel, nil
}

// Links yields one context for each connection, beginning with the present
// one, that ends when the connection is lost; its cause says why. It waits for
// the connections to come until ctx ends or the outbox closes.
func (c Conn) Links(ctx context.Context) iter.Seq[context.Context] {
	return func(yield func(context.Context) bool) {
		var last *link
		for {
			up := c.o.linkUp.wait()
			if l := c.o.current(); l != nil && l != last && l.ctx.Err() == nil {
				last = l
				if !yield(l.ctx) {
					return
				}
				continue
			}
			select {
			case <-up:
			case <-ctx.Done():
				return
			case <-c.o.closing:
				return
			}
		}
	}
}
