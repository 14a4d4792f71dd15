package sensor

import (
	"context"
	"errors"
	"io"
	"iter"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// OverrunRule says what a [Sampler] does about deadlines that passed while the source or the consumer was busy.
type OverrunRule uint8

const (
	// Skip drops passed deadlines and waits for the next one: readings keep their phase, and each is taken on time.
	Skip OverrunRule = iota
	// CatchUp reads once for each passed deadline, back to back, until the schedule is met again: their number is right,
	// their times are not. A consumer that is always slower than the period falls behind without end.
	CatchUp
	// Latest reads at once, and once, for all deadlines that have passed, then returns to the schedule.
	Latest
)

// String returns "skip", "catch up" or "latest".
func (o OverrunRule) String() string {
	switch o {
	case Skip:
		return "skip"
	case CatchUp:
		return "catch up"
	case Latest:
		return "latest"
	}
	return "OverrunRule(" + strconv.Itoa(int(o)) + ")"
}

// SamplerOptions are the optional settings of a [Sampler]. The zero value is the default.
type SamplerOptions struct {
	// Overrun is the rule for deadlines that have passed: [Skip] by default.
	Overrun OverrunRule
}

// Sampler reads a source at absolute deadlines t0 + n·period, where t0 is the start of the loop. An error in one wait is
// not carried into the next, so the schedule does not drift against the monotonic clock.
//
// Only that clock counts: deadlines and statistics stay as they are when the system's time of day is set, forwards or
// backwards. Where the monotonic clock stands still while the machine sleeps, as Linux's does, so does the schedule: it goes
// on from where it was.
//
// Stats may be called from any goroutine; All serves one loop at a time.
type Sampler[T any] struct {
	src     Source[T]
	period  time.Duration
	overrun OverrunRule

	running atomic.Bool

	mu  sync.Mutex // guards what follows; never held while waiting, reading or yielding
	seq uint64
	tally
}

// NewSampler returns a sampler that reads src every period. It starts nothing: [Sampler.All] does the work.
// All problems of the arguments are reported together.
func NewSampler[T any](src Source[T], period time.Duration, o *SamplerOptions) (*Sampler[T], error) {
	if o == nil {
		o = &SamplerOptions{}
	}
	var errs []error
	if src == nil {
		errs = append(errs, errors.New("sensor: sampler: source is nil"))
	}
	if period <= 0 {
		errs = append(errs, errors.New("sensor: sampler: period is "+period.String()+", want more than 0"))
	}
	if o.Overrun > Latest {
		errs = append(errs, errors.New("sensor: sampler: unknown rule "+o.Overrun.String()))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &Sampler[T]{src: src, period: period, overrun: o.Overrun}, nil
}

// All reads the source at each deadline, the first one at once, and yields what it got. A failed read is yielded with its
// error and a zero Value, and the loop goes on. It ends when the consumer breaks, when ctx ends, and when the source
// returns io.EOF; none of these is yielded.
//
// Source and consumer run on the goroutine that ranges. The readings yielded are numbered in Seq from 1, failed ones
// included, over all loops of this sampler and without gaps: a gap seen further down was lost further down. A missed
// deadline takes no number; it is counted in [SamplerStats], and the reading after it has [Overrun] set.
//
// In the steady state a sample allocates nothing. A second loop that starts before the first has ended yields
// [ErrRunning] and ends.
func (s *Sampler[T]) All(ctx context.Context) iter.Seq2[Reading[T], error] {
	return func(yield func(Reading[T], error) bool) {
		if !s.running.CompareAndSwap(false, true) {
			yield(Reading[T]{}, ErrRunning)
			return
		}
		defer s.running.Store(false)
		s.loop(ctx, yield)
	}
}

func (s *Sampler[T]) loop(ctx context.Context, yield func(Reading[T], error) bool) {
	s.mu.Lock()
	s.begin()
	s.mu.Unlock()

	timer := time.NewTimer(s.period)
	timer.Stop()
	defer timer.Stop()
	var r Reading[T]
	t0 := time.Now()
	for n := int64(0); ; n++ {
		slot, missed := s.next(n, time.Since(t0))
		n = slot
		due := time.Duration(n) * s.period
		if !wait(ctx, timer, due-time.Since(t0)) {
			return
		}
		late := max(time.Since(t0)-due, 0)

		r = Reading[T]{}
		err := s.src.Read(ctx, &r)
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, io.EOF) {
				return
			}
			var zero T
			r.Value = zero
		}
		if r.At.IsZero() {
			r.At = time.Now()
		}
		if missed > 0 || late >= s.period {
			r.Quality |= Overrun
		}
		s.mu.Lock()
		s.seq++
		r.Seq = s.seq
		s.record(late, missed, err)
		s.mu.Unlock()
		if !yield(r, err) {
			return
		}
	}
}

// next returns the deadline to serve, at or after deadline n, and how many are given up for it. elapsed is the time since
// deadline 0.
func (s *Sampler[T]) next(n int64, elapsed time.Duration) (slot, missed int64) {
	slot = n
	if n > 0 && elapsed > time.Duration(n)*s.period { // deadline 0 is the start itself
		switch s.overrun {
		case Skip: // the first deadline that has not passed
			slot = int64((elapsed + s.period - 1) / s.period)
		case Latest: // the last one that has
			slot = int64(elapsed / s.period)
		}
	}
	return slot, slot - n
}

// wait sleeps for d and reports whether ctx is still alive afterwards. The timer is reused: it is idle on entry.
func wait(ctx context.Context, timer *time.Timer, d time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	if d <= 0 {
		return true
	}
	timer.Reset(d)
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
