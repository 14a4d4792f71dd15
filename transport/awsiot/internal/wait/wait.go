// Package wait is how the services of package awsiot wait: with a context, and
// longer each time, apart from each other.
package wait

import (
	"context"
	"math/rand/v2"
	"time"
)

// Sleep waits for a time, or until ctx ends.
func Sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// Jitter is d, give or take a quarter, so that a fleet does not come back in
// step.
func Jitter(d time.Duration) time.Duration {
	return d*3/4 + rand.N(d/2+1)
}

// Backoff waits longer each time, from a second to a minute, with jitter. The
// zero value is ready to use, and Reset makes it that again.
type Backoff struct{ last time.Duration }

// Wait waits, or until ctx ends.
func (b *Backoff) Wait(ctx context.Context) {
	b.last = min(max(2*b.last, time.Second), time.Minute)
	Sleep(ctx, Jitter(b.last))
}

// Reset forgets the waits so far.
func (b *Backoff) Reset() { b.last = 0 }
