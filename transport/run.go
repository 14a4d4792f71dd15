package transport

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Run connects, sends and connects again, until ctx ends; it then returns the
// error of ctx, after everything it started has ended. It may be called again.
// While one call runs, another returns [ErrRunning]; after Close it returns
// [ErrClosed]. What fails, including a broker that refuses, is logged, shown in
// Stats and tried again.
func (o *Outbox) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	running := make(chan struct{})
	o.mu.Lock()
	switch {
	case o.isClosed():
		o.mu.Unlock()
		return ErrClosed
	case o.cancelRun != nil:
		o.mu.Unlock()
		return ErrRunning
	}
	o.cancelRun, o.running = cancel, running
	o.mu.Unlock()

	var wg sync.WaitGroup
	wg.Go(func() { o.keep(ctx) })
	o.connectAndSend(ctx, &wg)
	wg.Wait()

	o.mu.Lock()
	o.cancelRun, o.running = nil, nil
	o.mu.Unlock()
	close(running)
	if o.isClosed() {
		return ErrClosed
	}
	return ctx.Err()
}

func (o *Outbox) connectAndSend(ctx context.Context, wg *sync.WaitGroup) {
	b := backoff{least: o.opts.BackoffMin, most: o.opts.BackoffMax}
	for {
		began := time.Now()
		sess, err := o.dialer.Dial(ctx)
		if ctx.Err() != nil {
			if err == nil {
				sess.Close()
			}
			return
		}
		var wait time.Duration
		if err != nil {
			o.refused(fmt.Errorf("transport: connect: %w", err))
			wait = b.next(false)
		} else {
			l := o.attach(ctx, sess, wg)
			err = o.send(l)
			good := o.detach(ctx, l, err, wg) || time.Since(began) >= b.most
			if !errors.Is(err, errRenew) {
				wait = b.next(good)
			}
		}
		if o.profile != nil {
			wait = max(wait, o.profile.ConnectEvery-time.Since(began))
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// backoff chooses the waits between attempts to connect, with full jitter: a
// fleet that lost its broker at one moment comes back spread over the whole
// interval.
type backoff struct{ least, most, ceiling time.Duration }

func (b *backoff) next(good bool) time.Duration {
	if good || b.ceiling == 0 {
		b.ceiling = b.least
	}
	wait := time.Duration(rand.Int64N(int64(b.ceiling) + 1))
	if !good {
		b.ceiling = min(2*b.ceiling, b.most)
	}
	return wait
}

// refused notes why there is no link.
func (o *Outbox) refused(err error) {
	o.mu.Lock()
	o.linkStats.Failures++
	o.linkStats.LastError, o.linkStats.LastErrorAt = err, time.Now()
	o.mu.Unlock()
	o.opts.Logger.Warn("no link", "err", err)
}

// attach makes a session the outbox's link.
func (o *Outbox) attach(ctx context.Context, sess Session, wg *sync.WaitGroup) *link {
	l := newLink(ctx, o, sess)
	l.wg.Go(l.receive)
	o.mu.Lock()
	o.link = l
	o.linkStats.Up, o.linkStats.Since = true, time.Now()
	o.linkStats.Connects++
	connects := o.linkStats.Connects
	subs := make([]*subscription, 0, len(o.subs))
	for s := range o.subs {
		subs = append(subs, s)
	}
	o.mu.Unlock()
	o.linkUp.notify()
	o.opts.Logger.Info("link up", "connects", connects)
	if len(subs) > 0 {
		l.wg.Go(func() {
			for _, s := range subs {
				s.renew(l)
			}
		})
	}
	return l
}

// errRenew ends a connection whose session asked for it.
var errRenew = errors.New("transport: the connection is made anew")

// send feeds the link until it ends and returns why.
func (o *Outbox) send(l *link) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var renew <-chan struct{}
	if r, ok := l.sess.(interface{ Renew() <-chan struct{} }); ok {
		renew = r.Renew()
	}
	renewing := false
	for {
		if err := o.setAsideRejected(l); err != nil {
			return err
		}
		var wait time.Duration
		if renewing {
			if l.open() == 0 {
				return errRenew
			}
		} else {
			var e *entry
			if e, wait = o.pick(l); e != nil {
				l.publish(e)
				if l.ctx.Err() == nil {
					continue
				}
			}
		}
		overdue, late := l.overdue()
		if late {
			return fmt.Errorf("transport: no acknowledgement within %v", o.opts.AckTimeout)
		}
		wait = sooner(wait, overdue)
		if wait = sooner(wait, l.confirm()); wait == 0 {
			timer.Stop()
		} else {
			timer.Reset(wait)
		}
		select {
		case <-o.wake:
		case <-timer.C:
		case <-renew:
			renewing, renew = true, nil
		case <-l.sess.Done():
			return l.sess.Err()
		case <-l.ctx.Done():
			return context.Cause(l.ctx)
		}
	}
}

// detach ends a link and reports whether it had acknowledged anything.
func (o *Outbox) detach(ctx context.Context, l *link, err error, wg *sync.WaitGroup) (progress bool) {
	if err == nil {
		err = errors.New("transport: connection closed")
	}
	ended := l.sess.Err()
	now := time.Now()
	o.mu.Lock()
	o.link = nil
	up := now.Sub(o.linkStats.Since)
	o.linkStats.Up, o.linkStats.Since = false, now
	if ctx.Err() == nil {
		o.linkStats.LastError, o.linkStats.LastErrorAt = err, now
	}
	o.mu.Unlock()
	if ctx.Err() == nil {
		o.opts.Logger.Warn("link down", "err", err, "was_up", up)
	} else {
		o.opts.Logger.Info("link closed", "was_up", up)
	}
	l.cancel(fmt.Errorf("%w: %w", ErrNoLink, err))
	// Close ends the session at once, which fails what is in flight; that its
	// goroutines are gone may take longer, and the next connection need not wait.
	wg.Go(func() {
		if err := l.sess.Close(); err != nil {
			o.opts.Logger.Debug("close connection", "err", err)
		}
		l.wg.Wait()
	})
	l.packets.Wait()
	if err := o.setAsideRejected(l); err != nil {
		o.opts.Logger.Error("set a message aside", "err", err)
	}
	// Which of the session's end and the failed packets is seen first is chance.
	byPeer := ctx.Err() == nil && (errors.Is(err, ErrPeerClosed) || errors.Is(ended, ErrPeerClosed))
	if open := l.unanswered(byPeer); byPeer {
		o.judge(l, open)
	} else {
		o.suspicion = suspicion{} // whatever was sent, the broker kept the connection
	}
	for _, q := range o.queues {
		q.rewind()
	}
	return l.progress.Load()
}

// keep stores acknowledgements and drops what has become too old.
func (o *Outbox) keep(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var wait time.Duration
		for _, q := range o.queues {
			wait = sooner(wait, q.keep())
		}
		if wait == 0 {
			timer.Stop()
		} else {
			timer.Reset(wait)
		}
		select {
		case <-o.keeper:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}

// keep does what is due in one lane and returns how long until more is, or 0
// when nothing is foreseen.
func (q *queue) keep() (wait time.Duration) {
	for {
		q.mu.Lock()
		unstored, due := q.unstored, q.since+storeAfter-q.o.clock()
		q.mu.Unlock()
		if unstored == 0 {
			break
		}
		if due > 0 && q.o.unstored.Load() < storeSoon {
			wait = due
			break
		}
		q.checkpoint()
		q.o.wake.poke()
	}
	if q.MaxAge > 0 {
		q.mu.Lock()
		q.sweep()
		left := q.MaxAge
		if len(q.main.ahead) > 0 {
			left += q.main.ahead[0].clock - q.o.clock()
		}
		q.mu.Unlock()
		wait = sooner(wait, max(left, 0)+time.Millisecond)
	}
	return sooner(wait, q.replenish(false))
}
