package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Close closes the components that are io.Closers, in the reverse order of
// Needs, each within its StopTimeout. Call it when Run has returned, or instead
// of Run; during Run it only returns an error. The error joins those of the
// components. Later calls do nothing.
func (a *App) Close() error {
	a.mu.Lock()
	if a.phase == running {
		a.mu.Unlock()
		return errors.New("edge: Close during Run")
	}
	was := a.closed
	a.closed = true
	if a.phase == declaring { // nothing is linked yet
		link(a.runners, a.byName)
		a.phase = over
	}
	runners := a.runners
	a.mu.Unlock()
	if was {
		return nil
	}
	order, _ := inOrder(runners)
	var errs []error
	for _, r := range slices.Backward(order) {
		if c, ok := r.component.(io.Closer); ok {
			if err := r.close(c); err != nil {
				errs = append(errs, fmt.Errorf("edge: close %s: %w", r.name, err))
			}
		}
	}
	return errors.Join(errs...)
}

// close calls c.Close and waits for it no longer than StopTimeout.
func (r *runner) close(c io.Closer) error {
	outcome := make(chan error, 1)
	go func() {
		outcome <- protect(context.Background(), func(context.Context) error { return c.Close() })
	}()
	patience := time.NewTimer(r.o.StopTimeout)
	defer patience.Stop()
	select {
	case err := <-outcome:
		return err
	case <-patience.C:
		return fmt.Errorf("no return within %v", r.o.StopTimeout)
	}
}
