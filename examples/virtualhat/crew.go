package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// crew are goroutines that end together: with ctx, or with the first that fails or panics.
type crew struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	wg     sync.WaitGroup
}

func newCrew(ctx context.Context) *crew {
	c := new(crew)
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	return c
}

func (c *crew) run(f func(ctx context.Context) error) {
	c.wg.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				c.cancel(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			}
		}()
		if err := f(c.ctx); err != nil {
			c.cancel(err)
		}
	})
}

// end ends all for a reason, and returns it when they have.
func (c *crew) end(reason error) error {
	c.cancel(reason)
	return c.wait()
}

// wait returns when all have ended, with what failed, if anything did.
func (c *crew) wait() error {
	<-c.ctx.Done()
	c.wg.Wait()
	err := context.Cause(c.ctx)
	c.cancel(nil)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}
