package endpoint

import (
	"context"
	"sync"
	"time"
)

// Pace spaces the CONNECT packets of one client. The zero value is ready, and
// safe for concurrent use.
type Pace struct {
	mu   sync.Mutex
	next time.Time // before that, no CONNECT
}

// Wait waits until there may be a CONNECT again, which is every so often; 0
// waits for nothing.
func (p *Pace) Wait(ctx context.Context, every time.Duration) error {
	if every == 0 {
		return nil
	}
	p.mu.Lock()
	now := time.Now()
	wait := max(0, p.next.Sub(now))
	p.next = now.Add(wait + every)
	p.mu.Unlock()
	if wait == 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
