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

// restAfter is half of how long nobody is woken for short runs after a helper came too late to do anything, as it does
// where something else is running on all processors; each time again, it is twice as long.
const (
	restAfter = time.Millisecond
	maxFutile = 5
)

// looks is how often something is looked at between two looks at the clock: about a microsecond's worth.
const looks = 64

// maxOffers is how many runs can have their kernels shared at the same time. Those beyond do their work alone.
const maxOffers = 8

// maxSpans is how many goroutines begin with parts of their own. Those beyond help the others with theirs.
const maxSpans = 8

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
	rest     atomic.Int64  // until when nobody is woken for short runs, in nanoseconds since born
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
	now := int64(time.Since(p.born))
	if work >= wakeFor || now-p.ended.Load() < int64(lookAfter) && now >= p.rest.Load() {
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
	idle, useful, futile := time.Now(), true, 0
	for !p.closed.Load() {
		worked := false
		for range looks {
			if p.join() {
				worked = true
				break
			}
		}
		if worked {
			idle, useful = time.Now(), true
			continue
		}
		limit := lookDuring
		if p.runs.Load() == 0 {
			limit = lookAfter
		}
		if time.Since(idle) < limit {
			continue
		}
		switch {
		case useful:
			futile = 0
		case futile < maxFutile:
			futile++
		}
		if futile > 0 {
			p.rest.Store(int64(time.Since(p.born)) + int64(restAfter)<<futile)
		}
		useful = false
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
		if f == nil || !f.more() {
			continue
		}
		// The kernel may have been finished meanwhile. What f says holds only if it is still on offer when whoever
		// withdraws it can see that there is one more to wait for.
		f.helpers.Add(1)
		if p.offers[i].Load() == f {
			worked = f.work(int(f.seats.Add(1))-1) || worked
		}
		f.leave()
	}
	return worked
}

// fork is one kernel whose parts are being done by several goroutines. It is part of a frame, so that sharing a kernel
// allocates nothing.
//
// Each goroutine has a span of the parts: what a part reads was often written by the same part of the kernel before, and
// is in the cache of the processor that did that. Whoever is done with its own takes from the ends of the others' spans.
type fork struct {
	kernel  ops.Splitter
	ctxs    []ops.Ctx // one for each goroutine that does parts
	parts   int
	spans   [maxSpans]span
	count   atomic.Int32 // of spans
	seats   atomic.Int32 // how many of ctxs are taken
	rouse   bool         // sleeping helpers are to be woken
	helpers atomic.Int32 // that may look at this

	asleep atomic.Bool   // the caller sleeps until the last helper has left
	left   chan struct{} // wakes it
	mu     sync.Mutex
	err    error
}

// span is a range of parts that nobody has begun, in a cache line of its own.
type span struct {
	ends atomic.Int64 // the first part, shifted left, and the one behind the last
	_    [56]byte
}

// take takes the first part of s, or the last, and returns it; or -1 when there are none.
func (s *span) take(first bool) int {
	for {
		v := s.ends.Load()
		from, to := int32(v>>32), int32(v)
		switch {
		case from >= to:
			return -1
		case first:
			if s.ends.CompareAndSwap(v, v+1<<32) {
				return int(from)
			}
		default:
			if s.ends.CompareAndSwap(v, v-1) {
				return int(to - 1)
			}
		}
	}
}

// run does all parts of a kernel, with as much help as there is, and returns the first error. The caller does whatever
// part no helper has begun. There is a context for each goroutine of the pool and the caller, or for each part if these
// are fewer.
func (f *fork) run(p *Pool, k ops.Splitter, ctxs []ops.Ctx, parts int) error {
	f.kernel, f.ctxs, f.parts, f.err = k, ctxs, parts, nil
	for i := range ctxs {
		ctxs[i].Kept = 0
	}
	spans := min(len(ctxs), maxSpans)
	for i := range spans {
		f.spans[i].ends.Store(int64(i*parts/spans)<<32 | int64((i+1)*parts/spans))
	}
	f.count.Store(int32(spans))
	f.seats.Store(1)
	at := p.offer(f)
	f.work(0)
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
				p.rouse(f.parts - 1)
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

// more reports whether there are parts that nobody has begun.
func (f *fork) more() bool {
	for i := range f.count.Load() {
		if v := f.spans[i].ends.Load(); int32(v>>32) < int32(v) {
			return true
		}
	}
	return false
}

// take returns a part that nobody has begun, or -1 when there are none left.
func (f *fork) take(seat int) int {
	spans := int(f.count.Load())
	for i := range spans {
		if part := f.spans[(seat+i)%spans].take(i == 0); part >= 0 {
			return part
		}
	}
	return -1
}

// work does parts until there are none left, with the context of a seat, and reports whether it did any.
func (f *fork) work(seat int) (worked bool) {
	if seat >= len(f.ctxs) {
		return false
	}
	for part := f.take(seat); part >= 0; part = f.take(seat) {
		worked = true
		if err := f.part(&f.ctxs[seat], part, f.parts); err != nil {
			f.fail(err)
		}
	}
	return worked
}

// fail notes an error, after which no more parts begin.
func (f *fork) fail(err error) {
	f.mu.Lock()
	if f.err == nil {
		f.err = err
	}
	f.mu.Unlock()
	for i := range f.spans {
		f.spans[i].ends.Store(0)
	}
}

func (f *fork) part(c *ops.Ctx, part, parts int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("internal fault: %v", r)
		}
	}()
	return f.kernel.RunPart(c, part, parts)
}
