package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// runner starts, watches and stops one component. Its supervise goroutine
// alone decides; what is behind mu is for others to look at.
type runner struct {
	app       *App
	name      string
	component Component
	o         ComponentOptions
	log       *slog.Logger

	needs, neededBy []*runner

	ready     chan struct{} // closed when it is ready for the first time
	readyOnce sync.Once
	halt      chan struct{} // closed when it is its turn to stop
	released  chan struct{} // closed when those it needs may stop
	kick      chan struct{} // asks for a restart; holds one

	paused   atomic.Pointer[chan struct{}] // closed on resume; nil: not paused
	unready  atomic.Bool                   // the next beat makes it ready
	lastBeat atomic.Int64                  // ns since app.epoch
	missed   atomic.Uint64

	mu   sync.Mutex
	seen record
}

// verdict says how a run ended and so what comes next.
type verdict int

const (
	again   verdict = iota // asked to restart: at once
	done                   // Run returned nil
	failure                // Run failed
	stopped                // the app stops
	lost                   // the app stops, and Run has not returned
)

// supervise is the life of the component, from Run of the app to its end.
func (r *runner) supervise() {
	defer close(r.released)
	if !r.awaitNeeds() {
		r.enter(Stopped)
		return
	}
	for {
		if !r.awaitResume() {
			r.enter(Stopped)
			return
		}
		v, err := r.once()
		switch v {
		case again:
			r.forgive()
		case done:
			r.enter(Done)
			r.announce()
			if !r.rest() {
				return
			}
		case failure:
			if !r.afterFailure(err) {
				return
			}
		case stopped:
			r.enter(Stopped)
			return
		case lost:
			return
		}
	}
}

// awaitNeeds returns true when all needs are ready, false when the app stops
// before that.
func (r *runner) awaitNeeds() bool {
	for _, n := range r.needs {
		select {
		case <-n.ready:
		case <-r.app.stopping:
			<-r.halt
			return false
		}
	}
	return true
}

// awaitResume returns true when the component is not paused, false when it is
// to stop.
func (r *runner) awaitResume() bool {
	for g := r.paused.Load(); g != nil; g = r.paused.Load() {
		r.enter(Paused)
		select {
		case <-*g:
		case <-r.halt:
			return false
		}
	}
	return true
}

// once does one run and returns how it ended.
func (r *runner) once() (verdict, error) {
	ctx, cancel := context.WithCancelCause(r.app.base)
	defer cancel(errOver)
	u := &run{r: r, cancel: cancel, done: ctx.Done(), alone: make(chan struct{})}
	r.begin(u)
	outcome := make(chan error, 1)
	go u.main(context.WithValue(ctx, runKey{}, u), outcome)

	look := make(<-chan time.Time)
	var timer *time.Timer
	if r.o.Heartbeat > 0 {
		timer = time.NewTimer(r.o.Heartbeat)
		defer timer.Stop()
		look = timer.C
	}
	var why error
	for why == nil {
		select {
		case err := <-outcome:
			return r.judge(err, nil)
		case <-ctx.Done():
			why = context.Cause(ctx)
		case <-look:
			if wait := r.untilHung(u); wait > 0 {
				timer.Reset(wait)
			} else {
				why = fmt.Errorf("%w: no beat for %v", ErrHung, r.o.Heartbeat)
			}
		case <-r.halt:
			why = errStop
		case <-r.kick:
			why = errRestart
		}
	}
	cancel(why)
	return r.awaitReturn(outcome, why)
}

// awaitReturn waits for the end of a run whose context has ended because of
// why. It gives up only when the app stops: two runs of one component at the
// same time would be worse than none.
func (r *runner) awaitReturn(outcome <-chan error, why error) (verdict, error) {
	if !errors.Is(why, errOver) {
		r.enter(Stopping)
	}
	patience := time.NewTimer(r.o.StopTimeout)
	defer patience.Stop()
	select {
	case err := <-outcome:
		return r.judge(err, why)
	case <-patience.C:
	}
	r.enter(Stuck)
	r.log.Error("component does not return", "after", r.o.StopTimeout, "cause", why)
	select {
	case err := <-outcome:
		r.log.Warn("stuck component returned")
		return r.judge(err, why)
	case <-r.halt:
		return lost, nil
	}
}

// judge says what the end of a run means: err is what it returned, why is why
// it was told to, nil if it was not.
func (r *runner) judge(err, why error) (verdict, error) {
	r.end()
	select {
	case <-r.halt:
		if err != nil && !errors.Is(err, context.Canceled) {
			r.note(err)
			r.stopApp(err)
		}
		return stopped, nil
	default:
	}
	switch {
	case errors.Is(why, errRestart):
		return again, nil
	case errors.Is(why, ErrHung):
		return failure, why
	case err == nil:
		return done, nil
	default:
		return failure, err
	}
}

// afterFailure counts a failure and waits until the next run is due. It
// returns false when there is to be none.
func (r *runner) afterFailure(err error) bool {
	failures := r.note(err)
	if r.stopApp(err) {
		r.enter(Failed)
		<-r.halt
		return false
	}
	if l := r.o.Restart.Limit; l > 0 && failures >= l {
		r.enter(Failed)
		r.log.Error("component given up", "failures", failures, "err", err)
		if r.o.Critical {
			r.stopApp(Fatal(fmt.Errorf("given up after %d failures: %w", failures, err)))
		}
		return r.rest()
	}
	wait := r.o.Restart.delay(failures, r.app.jitter())
	r.backOff(wait)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.kick:
		r.forgive()
		return true
	case <-r.halt:
		r.enter(Stopped)
		return false
	}
}

// stopApp stops the app if err is fatal, and says if it is.
func (r *runner) stopApp(err error) bool {
	if _, ok := errors.AsType[*fatalError](err); !ok {
		return false
	}
	r.mu.Lock()
	r.seen.told = true
	r.mu.Unlock()
	r.app.stop(fmt.Errorf("edge: component %s: %w", r.name, err))
	return true
}

// rest keeps a component that will not run again of its own accord, until it is
// restarted (true) or the app stops (false).
func (r *runner) rest() bool {
	r.app.resting(1)
	select {
	case <-r.kick:
		r.app.resting(-1)
		r.forgive()
		return true
	case <-r.halt:
		return false
	}
}

// sign notes a sign of life, for those who look at the heartbeat.
func (r *runner) sign() {
	if r.o.Heartbeat > 0 {
		r.lastBeat.Store(int64(time.Since(r.app.epoch)))
	}
}

// untilHung returns how long the run may go on without a beat.
func (r *runner) untilHung(u *run) time.Duration {
	if u.waiting.Load() > 0 {
		return r.o.Heartbeat
	}
	silent := time.Since(r.app.epoch) - time.Duration(r.lastBeat.Load())
	return r.o.Heartbeat - silent
}

// becomeReady is what the first beat of a run does.
func (r *runner) becomeReady() {
	if !r.unready.CompareAndSwap(true, false) {
		return
	}
	r.mu.Lock()
	if r.seen.state == Starting {
		r.seen.enter(Running)
	}
	r.mu.Unlock()
	r.announce()
}

// announce lets those start that wait for this component.
func (r *runner) announce() {
	r.readyOnce.Do(func() {
		close(r.ready)
		r.app.checkReady()
	})
}
