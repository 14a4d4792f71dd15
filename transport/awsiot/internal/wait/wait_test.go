package wait_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/transport/awsiot/internal/wait"
)

func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b wait.Backoff
		for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
			want *= time.Second
			start := time.Now()
			b.Wait(t.Context())
			if d := time.Since(start); d < want*3/4 || d > want*5/4+time.Millisecond {
				t.Errorf("waited %v; want %v, give or take a quarter", d, want)
			}
		}
		b.Reset()
		start := time.Now()
		b.Wait(t.Context())
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("waited %v after Reset", d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		start = time.Now()
		wait.Sleep(ctx, time.Hour)
		if d := time.Since(start); d != time.Millisecond {
			t.Errorf("slept %v; want until the context ends", d)
		}
	})
}
