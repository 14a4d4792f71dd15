package edge

import "fmt"

// Pause asks the component to stand still: it does at its next beat, or before
// its next start. Its subscriptions go on filling by their rules. Pausing a
// paused component does nothing. The error is [ErrUnknown].
func (a *App) Pause(name string) error {
	r, err := a.find(name)
	if err != nil {
		return err
	}
	gate := make(chan struct{})
	if r.paused.CompareAndSwap(nil, &gate) {
		r.log.Info("component pauses")
	}
	return nil
}

// Resume ends the pause of the component. Without one it does nothing. The
// error is [ErrUnknown].
func (a *App) Resume(name string) error {
	r, err := a.find(name)
	if err != nil {
		return err
	}
	if gate := r.paused.Swap(nil); gate != nil {
		close(*gate)
		r.log.Info("component resumes")
	}
	return nil
}

// Restart ends the run of the component, if it is in one, and starts the next
// at once: without backoff, with its failures forgiven, and also if it was done
// or given up. It does not wait for that. A component that is paused stays so.
// The error is [ErrUnknown].
func (a *App) Restart(name string) error {
	r, err := a.find(name)
	if err != nil {
		return err
	}
	select {
	case r.kick <- struct{}{}:
		r.log.Info("component restarts on request")
	default: // somebody asked already
	}
	return nil
}

func (a *App) find(name string) (*runner, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r := a.byName[name]; r != nil {
		return r, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrUnknown, name)
}
