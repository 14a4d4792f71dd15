package edge

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// run is one run of a component, from the call of Run until that and all it
// spawned have returned. Its context carries it to Beat and its likes. The
// methods that those call do nothing on a nil run: the code of a component
// works outside an app too.
type run struct {
	r      *runner
	cancel context.CancelCauseFunc
	done   <-chan struct{} // of the run's context

	waiting  atomic.Int32 // goroutines that wait where waiting is no hang
	standing atomic.Int32 // of those, the ones that a pause finds at rest

	mu       sync.Mutex
	spawned  int           // goroutines of Spawn still running
	returned bool          // Run is over, or must be: spawn nothing more
	alone    chan struct{} // closed when returned and spawned is 0
	err      error         // the first failure of a spawned goroutine
}

type runKey struct{}

// runOf returns the run that ctx belongs to, nil outside an app.
func runOf(ctx context.Context) *run {
	u, _ := ctx.Value(runKey{}).(*run)
	return u
}

// Beat says that the component is alive, and stands still while it is paused.
// It returns ctx.Err(). The ctx has to be the one that the component was given,
// or descend from it; any other is only checked. Safe for concurrent use,
// allocates nothing.
func Beat(ctx context.Context) error {
	u := runOf(ctx)
	u.beat()
	u.gate(ctx)
	return ctx.Err()
}

// Progress is a [Beat] that also says how far some long work has come: done of
// total (zero if that is not known), in any unit, and what the work is. It is
// shown in [Status] and logged every ten seconds, until done reaches total or
// the run ends. The work has to look at ctx itself.
func Progress(ctx context.Context, done, total int64, what string) {
	u := runOf(ctx)
	u.beat()
	if u != nil {
		u.r.progress(done, total, what)
	}
	u.gate(ctx)
}

// Warn marks the running component as degraded for the given reason: it works,
// but not as it should. An empty reason, or the end of the run, takes the mark
// away. Outside an app Warn does nothing.
func Warn(ctx context.Context, reason string) {
	if u := runOf(ctx); u != nil {
		u.r.warn(reason)
	}
}

// Spawn runs f on a goroutine of its own that belongs to the component: ctx
// ends with the run, which is not over until f has returned. An error of f, or
// a panic in it, ends the run with that failure; nil ends only the goroutine.
// After the end of the run f is not called at all. Outside an app Spawn is a
// plain go statement that drops the error.
func Spawn(ctx context.Context, f func(ctx context.Context) error) {
	u := runOf(ctx)
	if u == nil {
		go func() { _ = f(ctx) }()
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.returned {
		return
	}
	u.spawned++
	go func() {
		err := errGoexit
		defer func() { u.leave(err) }()
		err = protect(ctx, f)
	}()
}

// errGoexit is the failure of a goroutine that ended without returning.
var errGoexit = errors.New("edge: goroutine ended by runtime.Goexit")

// protect calls f and turns a panic into an error.
func protect(ctx context.Context, f func(context.Context) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = asPanic(v)
		}
	}()
	return f(ctx)
}

// asPanic returns the recovered v as an error, with the stack of the caller's
// goroutine unless v already is one that was carried over from another.
func asPanic(v any) *PanicError {
	if p, ok := v.(*PanicError); ok {
		return p
	}
	return &PanicError{Value: v, Stack: debug.Stack()}
}

// main calls Run, waits for what it spawned, and sends the outcome of both.
func (u *run) main(ctx context.Context, outcome chan<- error) {
	err := errGoexit
	defer func() {
		u.mu.Lock()
		u.returned = true
		if u.spawned == 0 {
			close(u.alone)
		}
		u.mu.Unlock()
		u.cancel(errOver)
		<-u.alone
		// A failed goroutine is why Run returned, whatever that says.
		if u.err != nil {
			err = u.err
		}
		outcome <- err
	}()
	err = protect(ctx, u.r.component.Run)
}

// leave ends a spawned goroutine that returned err.
func (u *run) leave(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err != nil && !u.returned && !u.ended() {
		u.err = err
		u.cancel(err)
	}
	u.spawned--
	if u.spawned == 0 && u.returned {
		close(u.alone)
	}
}

// ended says if the run's context has ended: what goroutines return then is
// an echo of that, not a failure.
func (u *run) ended() bool {
	select {
	case <-u.done:
		return true
	default:
		return false
	}
}

// beat notes a sign of life. After the end of its context a run shows none: the
// next one may have begun.
func (u *run) beat() {
	if u == nil || u.ended() {
		return
	}
	u.r.sign()
	if u.r.unready.Load() {
		u.r.becomeReady()
	}
}

// isPaused says if the gate is closed.
func (u *run) isPaused() bool { return u != nil && u.r.paused.Load() != nil }

// gate returns when the component is not paused, or ctx has ended.
func (u *run) gate(ctx context.Context) {
	if u == nil {
		return
	}
	for g := u.r.paused.Load(); g != nil && ctx.Err() == nil; g = u.r.paused.Load() {
		u.rest()
		select {
		case <-*g:
		case <-ctx.Done():
		}
		u.wake()
	}
}

// rest and wake enclose a wait that is no hang, and after which the component
// comes by the gate before it does anything.
func (u *run) rest() {
	if u != nil {
		u.waiting.Add(1)
		u.standing.Add(1)
	}
}

func (u *run) wake() {
	if u != nil {
		u.r.sign()
		u.standing.Add(-1)
		u.waiting.Add(-1)
	}
}

// block and unblock enclose a wait that is no hang either, but from which the
// component goes on with what it was about.
func (u *run) block() {
	if u != nil {
		u.waiting.Add(1)
	}
}

func (u *run) unblock() {
	if u != nil {
		u.r.sign()
		u.waiting.Add(-1)
	}
}

// await waits for a tick, then for the gate, and says if ctx is still alive.
func (u *run) await(ctx context.Context, tick <-chan time.Time) bool {
	u.rest()
	select {
	case <-tick:
	case <-ctx.Done():
	}
	u.wake()
	u.gate(ctx)
	return ctx.Err() == nil
}

// miss counts ticks that were left out.
func (u *run) miss(n uint64) {
	if u != nil && n > 0 {
		u.r.missed.Add(n)
	}
}
