package exec

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/brinkml/brink/inference/internal/ops"
)

// How long a helper that has nothing to do goes on looking for work before it sleeps: between the steps of a run, and
// after the last one. To wake a helper takes some 10 us of the caller's time, and it is 0.1 ms late; one that looks is
// there within 0.1 us.
const (
	lookDuring = 100 * time.Microsecond
	lookAfter  = 30 * time.Microsecond
)

// wakeFor is how long the kernels of a run that can be shared have to take for helpers to be woken for it alone. For
// less, they are only when runs follow each other so fast that they find the helpers looking from then on.
const wakeFor = 250 * time.Microsecond

// joinLook is how long a run that is done with its own share of a kernel looks whether the others are, before it sleeps.
const joinLook = 50 * time.Microsecond

// looks is how often something is looked at between two looks at the clock: about a microsecond's worth.
const looks = 64

// maxOffers is how many runs can have their kernels shared at the same time. Those beyond do their work alone.
const maxOffers = 8

// Pool is a set of goroutines that help with large kernels, of any number of runs at once. They start with the first run
// that has a kernel worth sharing. While runs go on they look for work all the time, so that it costs next to nothing
// to have them join; soon after the last run they sleep.
type Pool struct {
	helpers int
	start   sync.Once
	done    sync.WaitGroup

	offers   [maxOffers]atomic.Pointer[fork] // kernels that are being shared
	runs     atomic.Int32                    // that go on
	procs    atomic.Int32                    // goroutines that can run at the same time
	ended    atomic.Int64                    // when the last run did, in nanoseconds since born
	born     time.Time
	sleeping atomic.Int32  // helpers that nobody has woken yet
	wake     chan struct{} // has room for a token for each helper
	closed   atomic.Bool
}

// NewPool returns a pool for runs on at most threads goroutines, the caller's included.
func NewPool(threads int) *Pool {
	return &Pool{helpers: threads - 1, wake: make(chan struct{}, threads-1), born: time.Now()}
}

// Close waits for the helpers to end. No run may go on or begin.
func (p *Pool) Close() {
	p.closed.Store(true)
	close(p.wake)
	p.done.Wait()
}

// begin says that a run starts whose kernels to share take so long, and reports whether there is anything to share them
// with. If so, end must follow.
func (p *Pool) begin(work time.Duration) bool {
	procs := runtime.GOMAXPROCS(0)
	if procs == 1 {
		return false
	}
	p.start.Do(func() {
		for range p.helpers {
			p.done.Go(p.help)
		}
	})
	p.procs.Store(int32(procs))
	p.runs.Add(1)
	if work >= wakeFor || time.Since(p.born)-time.Duration(p.ended.Load()) < lookAfter {
		p.rouse(p.helpers)
	}
	return true
}

// end says that a run is over.
func (p *Pool) end() {
	p.ended.Store(int64(time.Since(p.born)))
	p.runs.Add(-1)
}

// rouse wakes helpers until n of them are awake, or as many as can run beside the caller.
func (p *Pool) rouse(n int) {
	n = min(n, p.helpers, int(p.procs.Load())-1)
	for {
		s := p.sleeping.Load()
		if s == 0 || p.helpers-int(s) >= n {
			return
		}
		if p.sleeping.CompareAndSwap(s, s-1) {
			p.wake <- struct{}{}
		}
	}
}

// help is what a helper does: it joins whatever kernel it finds.
func (p *Pool) help() {
	idle := time.Now()
	for !p.closed.Load() {
		worked := false
		for range looks {
			if p.join() {
				worked = true
				break
			}
		}
		if worked {
			idle = time.Now()
			continue
		}
		limit := lookDuring
		if p.runs.Load() == 0 {
			limit = lookAfter
		}
		if time.Since(idle) < limit {
			continue
		}
		p.sleeping.Add(1)
		if p.waiting() { // offered before anybody could see that this helper sleeps
			if s := p.sleeping.Load(); s > 0 && p.sleeping.CompareAndSwap(s, s-1) {
				idle = time.Now()
				continue
			}
		}
		<-p.wake
		idle = time.Now()
	}
}

// waiting reports whether there is a kernel that is being shared.
func (p *Pool) waiting() bool {
	for i := range p.offers {
		if p.offers[i].Load() != nil {
			return true
		}
	}
	return false
}

// join helps with the kernels that are being shared, and reports whether there was anything left to do.
func (p *Pool) join() (worked bool) {
	for i := range p.offers {
		f := p.offers[i].Load()
		if f == nil || int(f.next.Load()) >= int(f.parts.Load()) {
			continue
		}
		// The kernel may have been finished meanwhile. What f says holds only if it is still on offer when whoever
		// withdraws it can see that there is one more to wait for.
		f.helpers.Add(1)
		if p.offers[i].Load() == f {
			worked = f.work() || worked
		}
		f.leave()
	}
	return worked
}

// fork is one kernel whose parts are being done by several goroutines. It is part of a frame, so that sharing a kernel
// allocates nothing.
type fork struct {
	kernel  ops.Splitter
	ctxs    []ops.Ctx // one for each goroutine that does parts
	parts   atomic.Int32
	next    atomic.Int32 // the first part that nobody has begun
	seats   atomic.Int32 // how many of ctxs are taken
	rouse   bool         // sleeping helpers are to be woken
	helpers atomic.Int32 // that may look at this

	asleep atomic.Bool   // the caller sleeps until the last helper has left
	left   chan struct{} // wakes it
	mu     sync.Mutex
	err    error
}

// run does all parts of a kernel, with as much help as there is, and returns the first error. The caller does whatever
// part no helper has begun. There is a context for each goroutine of the pool and the caller, or for each part if these
// are fewer.
func (f *fork) run(p *Pool, k ops.Splitter, ctxs []ops.Ctx, parts int) error {
	f.kernel, f.ctxs, f.err = k, ctxs, nil
	for i := range ctxs {
		ctxs[i].Kept = 0
	}
	f.next.Store(0)
	f.seats.Store(0)
	f.parts.Store(int32(parts))
	at := p.offer(f)
	f.work()
	if at >= 0 {
		p.offers[at].Store(nil)
		f.wait()
	}
	return f.err
}

// offer lets helpers join f, and returns where f is on offer, or -1 when there is no place, or nobody to join.
func (p *Pool) offer(f *fork) int {
	if p.runs.Load() == 0 {
		return -1
	}
	for i := range p.offers {
		if p.offers[i].CompareAndSwap(nil, f) {
			if f.rouse {
				p.rouse(int(f.parts.Load()) - 1)
			}
			return i
		}
	}
	return -1
}

// wait waits until no helper looks at f any more.
func (f *fork) wait() {
	if f.helpers.Load() == 0 {
		return
	}
	for start := time.Now(); time.Since(start) < joinLook; {
		for range looks {
			if f.helpers.Load() == 0 {
				return
			}
		}
	}
	if f.left == nil {
		f.left = make(chan struct{}, 1)
	}
	f.asleep.Store(true)
	if f.helpers.Load() == 0 && f.asleep.CompareAndSwap(true, false) {
		return
	}
	<-f.left
}

// leave says that a helper does not look at f any more.
func (f *fork) leave() {
	if f.helpers.Add(-1) == 0 && f.asleep.Load() && f.asleep.CompareAndSwap(true, false) {
		f.left <- struct{}{}
	}
}

// work does parts until there are none left, and reports whether it did any.
func (f *fork) work() (worked bool) {
	parts := int(f.parts.Load())
	var c *ops.Ctx
	for {
		part := int(f.next.Add(1)) - 1
		if part >= parts {
			return worked
		}
		if !worked {
			worked, c = true, &f.ctxs[f.seats.Add(1)-1]
		}
		if err := f.part(c, part, parts); err != nil {
			f.fail(err, parts)
		}
	}
}

// fail notes an error, after which no more parts begin.
func (f *fork) fail(err error, parts int) {
	f.mu.Lock()
	if f.err == nil {
		f.err = err
	}
	f.mu.Unlock()
	f.next.Store(int32(parts))
}

func (f *fork) part(c *ops.Ctx, part, parts int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("internal fault: %v", r)
		}
	}()
	return f.kernel.RunPart(c, part, parts)
}
