package stage

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/brinkml/brink/sensor"
)

// RetryOptions are the choices of [NewRetry]. The zero value is the default.
type RetryOptions struct {
	// Attempts is the most reads for one, the first included. 0 is 3; 1 never tries again.
	Attempts int
	// Backoff is the pause before the second attempt; each one after it is twice as long, up to MaxBackoff. 0 is 10 ms.
	Backoff time.Duration
	// MaxBackoff is the longest pause. 0 is a second, or Backoff if that is longer.
	MaxBackoff time.Duration
	// Only narrows what is tried again, beyond [sensor.Temporary], which must hold in any case. Nil narrows nothing. It is
	// called on the reader's goroutine.
	Only func(err error) bool
}

// Retry is a source that reads another one again when that failed with an error that [sensor.Temporary] is true for:
// a bus error, a sensor that is not ready, a value that [Validate] has refused.
//
// It repeats Source.Read and nothing else. The drivers of this module allow that: no read of theirs starts a conversion or
// writes to a part, except to set up one that has lost its power, from its first register on. Where a datasheet forbids to
// repeat an access (the reading of the HTS221 while its heater is on, a write to an EEPROM, a read that takes values out
// of a queue), the source must not return an error that is temporary, or Only must exclude it.
//
// It may be used from as many goroutines as its source.
type Retry[T any] struct {
	src     sensor.Source[T]
	o       RetryOptions
	retries atomic.Uint64
	idle    atomic.Pointer[time.Timer] // for the next one who waits
}

// NewRetry returns a source that reads src, several times if it must. A nil o is a zero [RetryOptions].
func NewRetry[T any](src sensor.Source[T], o *RetryOptions) (*Retry[T], error) {
	if o == nil {
		o = new(RetryOptions)
	}
	p := problems{stage: "retry"}
	p.add(src != nil, "source is nil")
	p.add(o.Attempts >= 0, "the number of attempts is negative")
	p.add(o.Backoff >= 0, "the backoff is negative")
	p.add(o.MaxBackoff >= 0, "the longest backoff is negative")
	if err := p.err(); err != nil {
		return nil, err
	}
	s := &Retry[T]{src: src, o: *o}
	if s.o.Attempts == 0 {
		s.o.Attempts = 3
	}
	if s.o.Backoff == 0 {
		s.o.Backoff = 10 * time.Millisecond
	}
	if s.o.MaxBackoff == 0 {
		s.o.MaxBackoff = max(time.Second, s.o.Backoff)
	}
	return s, nil
}

// Read implements [sensor.Source]. The reading and the error are those of the last attempt. A ctx that ends in a pause
// ends the read with ctx.Err().
func (s *Retry[T]) Read(ctx context.Context, r *sensor.Reading[T]) error {
	pause := min(s.o.Backoff, s.o.MaxBackoff)
	for attempt := 1; ; attempt++ {
		err := s.src.Read(ctx, r)
		if err == nil || attempt >= s.o.Attempts || !sensor.Temporary(err) || s.o.Only != nil && !s.o.Only(err) {
			return err
		}
		if err := s.pause(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, s.o.MaxBackoff)
		s.retries.Add(1)
	}
}

// Retries returns how many attempts there were after a first one that failed, over all reads.
func (s *Retry[T]) Retries() uint64 { return s.retries.Load() }

func (s *Retry[T]) pause(ctx context.Context, d time.Duration) error {
	timer := s.idle.Swap(nil)
	if timer == nil {
		timer = time.NewTimer(d)
	} else {
		timer.Reset(d)
	}
	defer s.idle.Store(timer)
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		timer.Stop()
		return ctx.Err()
	}
}
