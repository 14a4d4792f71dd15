package transport

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Subscription is a subscription of an outbox.
type Subscription struct{ s *subscription }

// Close ends the subscription: the handler is called at most for the message it
// is busy with, and for none that arrives from now on.
func (s Subscription) Close() error {
	if s.s == nil {
		return nil
	}
	return s.s.close()
}

// Ready waits until the broker has granted the subscription on a connection,
// and returns the reason when it refuses on the present one.
func (s Subscription) Ready(ctx context.Context) error {
	if s.s == nil {
		return ErrClosed
	}
	for {
		changed := s.s.changed.wait()
		granted, err := s.s.state()
		if granted || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.s.o.closing:
			return ErrClosed
		}
	}
}

// subscription outlives connections.
type subscription struct {
	o       *Outbox
	filter  string
	qos     byte
	h       Handler
	serial  sync.Mutex // h is called one at a time, over connections too
	asking  sync.Mutex // one SUBSCRIBE at a time; taken before mu
	changed broadcast

	mu      sync.Mutex
	link    *link // where it is granted
	detach  func()
	refused error // by the present connection
	closed  bool
}

// Subscribe asks the broker for the messages of a filter, now if there is a
// connection, and again on every connection to come. With a connection it
// returns when the broker has granted, or an error, and then nothing stays.
// Without one it returns at once; a refusal later is logged, told by
// [Subscription.Ready], and tried again on the next connection. qos is 0 or 1.
// The session is a clean one: what the broker gets while there is no connection
// is not seen, except for retained messages. Where filters overlap, each
// handler is called, and a broker may send the message once for each filter.
func (o *Outbox) Subscribe(ctx context.Context, filter string, qos byte, h Handler) (Subscription, error) {
	if err := o.profile.CheckFilter(filter); err != nil {
		return Subscription{}, err
	}
	if qos > 1 || h == nil {
		return Subscription{}, &SubscribeError{filter, errors.New("QoS must be 0 or 1, and the handler not nil")}
	}
	s := &subscription{o: o, filter: filter, qos: qos, h: h}
	o.mu.Lock()
	if o.isClosed() {
		o.mu.Unlock()
		return Subscription{}, ErrClosed
	}
	o.subs[s] = struct{}{}
	l := o.link
	o.mu.Unlock()
	if l != nil {
		if err := s.attach(ctx, l); err != nil && !errors.Is(err, ErrNoLink) {
			return Subscription{}, errors.Join(err, s.close())
		}
	}
	return Subscription{s}, nil
}

func (s *subscription) state() (granted bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false, ErrClosed
	}
	return s.link != nil && s.link.ctx.Err() == nil, s.refused
}

// attach subscribes on a link, once.
func (s *subscription) attach(ctx context.Context, l *link) error {
	s.asking.Lock()
	defer s.asking.Unlock()
	s.mu.Lock()
	if s.closed || s.link == l {
		s.mu.Unlock()
		return nil
	}
	s.link, s.detach, s.refused = nil, nil, nil
	s.mu.Unlock()

	detach, err := l.subscribe(ctx, s.filter, s.qos, s.h, &s.serial)

	s.mu.Lock()
	closed := s.closed
	switch {
	case err == nil && !closed:
		s.link, s.detach = l, detach
	case err != nil && !errors.Is(err, ErrNoLink):
		s.refused = err
	}
	s.mu.Unlock()
	s.changed.notify()
	if err == nil && closed {
		detach()
	}
	return err
}

// renew subscribes on a new link. A broker that does not answer ends it, as one
// that does not acknowledge does.
func (s *subscription) renew(l *link) {
	ctx, cancel := context.WithTimeout(l.ctx, s.o.opts.AckTimeout)
	defer cancel()
	err := s.attach(ctx, l)
	switch {
	case err == nil || l.ctx.Err() != nil:
	case errors.Is(err, context.DeadlineExceeded):
		l.cancel(fmt.Errorf("%w: %w", ErrNoLink, err))
	default:
		s.o.opts.Logger.Error("subscribe", "filter", s.filter, "err", err)
	}
}

func (s *subscription) close() error {
	s.o.mu.Lock()
	delete(s.o.subs, s)
	s.o.mu.Unlock()
	s.mu.Lock()
	detach := s.detach
	s.closed, s.link, s.detach = true, nil, nil
	s.mu.Unlock()
	s.changed.notify()
	if detach != nil {
		detach()
	}
	return nil
}

// route is one handler of a filter on one link.
type route struct {
	queue  chan *arrival
	h      Handler
	serial *sync.Mutex
}

// arrival is a message on its way to left handlers.
type arrival struct {
	Delivery
	left atomic.Int32
}

func (a *arrival) handled() {
	if a.left.Add(-1) == 0 && a.Ack != nil {
		a.Ack()
	}
}

// subscribe routes a filter's messages to h and asks the broker for them. The
// route is there first, because retained messages may overtake the answer.
func (l *link) subscribe(ctx context.Context, filter string, qos byte, h Handler, serial *sync.Mutex) (detach func(), err error) {
	r := &route{queue: make(chan *arrival, l.o.opts.InboundQueue), h: h, serial: serial}
	l.routeMu.Lock()
	if l.ended {
		l.routeMu.Unlock()
		return nil, &SubscribeError{filter, ErrNoLink}
	}
	l.routes[filter] = append(l.routes[filter], r)
	l.wg.Go(func() { l.handle(r) })
	l.routeMu.Unlock()

	if err := l.sess.Subscribe(ctx, filter, qos); err != nil {
		l.drop(filter, r)
		if l.ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", ErrNoLink, err)
		}
		return nil, &SubscribeError{filter, err}
	}
	return func() {
		if !l.drop(filter, r) || l.ctx.Err() != nil {
			return
		}
		ctx, cancel := context.WithTimeout(l.ctx, 10*time.Second)
		defer cancel()
		if err := l.sess.Unsubscribe(ctx, filter); err != nil {
			l.o.opts.Logger.Debug("unsubscribe", "filter", filter, "err", err)
		}
	}, nil
}

// drop takes a route away and reports whether it was the filter's last.
func (l *link) drop(filter string, r *route) (last bool) {
	l.routeMu.Lock()
	defer l.routeMu.Unlock()
	routes := l.routes[filter]
	for i := range routes {
		if routes[i] == r {
			close(r.queue)
			l.routes[filter] = append(routes[:i:i], routes[i+1:]...)
			if len(routes) == 1 {
				delete(l.routes, filter)
				return true
			}
			return false
		}
	}
	return false
}

func (l *link) handle(r *route) {
	for a := range r.queue {
		r.serial.Lock()
		r.h(l.ctx, a.Inbound)
		r.serial.Unlock()
		a.handled()
	}
}

// receive takes messages from the session and queues them for their handlers.
func (l *link) receive() {
	for {
		select {
		case d := <-l.sess.Messages():
			l.dispatch(&arrival{Delivery: d})
		case <-l.sess.Done():
			l.routeMu.Lock()
			defer l.routeMu.Unlock()
			l.ended = true
			for _, routes := range l.routes {
				for _, r := range routes {
					close(r.queue)
				}
			}
			clear(l.routes)
			return
		}
	}
}

func (l *link) dispatch(a *arrival) {
	a.left.Store(1)
	defer a.handled()
	l.routeMu.Lock()
	defer l.routeMu.Unlock()
	for filter, routes := range l.routes {
		if !matches(filter, a.Topic) {
			continue
		}
		for _, r := range routes {
			a.left.Add(1)
			select {
			case r.queue <- a:
			default:
				a.left.Add(-1)
				l.inboundDropped(filter)
			}
		}
	}
}

func (l *link) inboundDropped(filter string) {
	if n := l.o.inboundDropped.Add(1); n&(n-1) == 0 {
		l.o.opts.Logger.Warn("handler too slow, message dropped", "filter", strings.ToValidUTF8(filter, "?"), "total", n)
	}
}
