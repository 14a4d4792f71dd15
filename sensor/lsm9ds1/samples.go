package lsm9ds1

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/regs"
)

// Samples yields every sample of the FIFO once, as ReadBatch describes, and sleeps until there are as many as Options.FIFO
// says, or one less. It runs on the goroutine that ranges, and ends when that breaks and when ctx ends, without yielding that error.
//
// A failed fetch is yielded with its error and a zero Value, and the loop goes on after a pause; so does ErrNotReady,
// which comes during the start. A consumer that takes longer than the FIFO lasts finds Overrun on the sample after the gap.
// Without Options.FIFO, Samples yields errors.ErrUnsupported and ends.
func (d *Dev) Samples(ctx context.Context) iter.Seq2[sensor.Reading[sensor.Motion], error] {
	return func(yield func(sensor.Reading[sensor.Motion], error) bool) {
		if d.set.fifo == 0 {
			yield(failed(errNoFIFO), errNoFIFO)
			return
		}
		var r sensor.Reading[sensor.Motion]
		var timer regs.Waiter
		for {
			err := d.refill(ctx)
			if ctx.Err() != nil {
				return
			}
			if err != nil && !yield(failed(err), err) {
				return
			}
			wait := time.Duration(d.set.fifo) * d.set.period
			n := 0
			for ; err == nil && ctx.Err() == nil && d.take(&r); n++ {
				if !yield(r, nil) {
					return
				}
			}
			if n > 0 {
				// The last of them is due just then. Whether it is there tells the clock on which side of its estimate
				// the sample lies; if not, it comes with the next.
				wait -= time.Since(r.At)
			} else { // at the start, too early, or an error
				wait /= 2
			}
			if timer.Wait(ctx, wait) != nil {
				return
			}
		}
	}
}

// failed is the reading that goes with an error.
func failed(err error) (r sensor.Reading[sensor.Motion]) {
	r.At = time.Now()
	if errors.Is(err, sensor.ErrNotReady) {
		r.Quality = sensor.NotReady
	}
	return r
}

// refill fetches what the FIFO holds, if nothing is left from before.
func (d *Dev) refill(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fill()
}

// take hands out the next sample of those that were fetched.
func (d *Dev) take(r *sensor.Reading[sensor.Motion]) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pop(r)
}
