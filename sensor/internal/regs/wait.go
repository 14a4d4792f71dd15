package regs

import (
	"context"
	"time"
)

// Waiter sleeps for one goroutine at a time, always on the same timer, so that only the first wait allocates. The zero
// value is ready.
type Waiter struct{ timer *time.Timer }

// Wait sleeps for d, and returns ctx.Err() as soon as ctx ends.
func (w *Waiter) Wait(ctx context.Context, d time.Duration) error {
	if d <= 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	if w.timer == nil {
		w.timer = time.NewTimer(d)
	} else {
		w.timer.Reset(d)
	}
	select {
	case <-w.timer.C:
		return ctx.Err()
	case <-ctx.Done():
		w.timer.Stop()
		return ctx.Err()
	}
}
