package regs

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestWaiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w Waiter
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		soon, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		for i, tt := range []struct {
			ctx        context.Context
			wait, took time.Duration
			err        error
		}{
			{t.Context(), time.Minute, time.Minute, nil},
			{t.Context(), 0, 0, nil},
			{t.Context(), -time.Second, 0, nil},
			{ended, time.Minute, 0, context.Canceled},
			{ended, 0, 0, context.Canceled},
			{soon, time.Minute, 30 * time.Second, context.DeadlineExceeded},
			{t.Context(), time.Second, time.Second, nil}, // after one that was cut short
		} {
			start := time.Now()
			if err := w.Wait(tt.ctx, tt.wait); !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) || time.Since(start) != tt.took {
				t.Errorf("wait %d = %v after %v; want %v after %v", i, err, time.Since(start), tt.err, tt.took)
			}
		}
		if n := testing.AllocsPerRun(10, func() { _ = w.Wait(t.Context(), time.Second) }); n != 0 {
			t.Errorf("Wait makes %v allocations; want none", n)
		}
	})
}
