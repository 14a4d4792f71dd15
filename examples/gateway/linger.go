package main

import (
	"context"

	"github.com/brinkml/brink/edge"
)

// linger runs f until ctx ends, and then on until settle has returned: what was begun is brought to an end before f is.
func linger(ctx context.Context, f func(context.Context) error, settle func(context.Context)) error {
	alive, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ended := make(chan error, 1)
	edge.Spawn(alive, func(context.Context) error {
		ended <- f(alive)
		return nil
	})
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	settle(alive)
	stop()
	<-ended
	return nil
}
