package edge

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Component is a part of an app with a life of its own.
//
// Run works until ctx ends and says why it returned: nil means that the work is
// done for good, an error that it should be tried again. Run is called again
// after a failure, on the same value, never twice at the same time. A component
// that is also an io.Closer is closed by [App.Close].
type Component interface {
	Run(ctx context.Context) error
}

// Func is a function as a [Component].
type Func func(ctx context.Context) error

// Run calls f(ctx).
func (f Func) Run(ctx context.Context) error { return f(ctx) }

// Defaults of [ComponentOptions] and [Restart].
const (
	defaultStopTimeout = 10 * time.Second
	defaultBackoffMin  = 100 * time.Millisecond
	defaultBackoffMax  = 60 * time.Second
	defaultHealthy     = 5 * time.Minute
)

// ComponentOptions are the optional choices of [App.Go]. Nil or the zero value
// means: needs nothing, restarted for ever, not watched for hangs, ten seconds
// to stop, not critical.
type ComponentOptions struct {
	// Needs names the components that must be ready before this one starts
	// and that stop only after it. They may be declared later than this one.
	Needs []string

	// Restart says how it is started again after a failure.
	Restart Restart

	// Heartbeat is the longest time between two beats. Zero: hangs are not
	// detected. With a Heartbeat the first beat makes the component ready.
	Heartbeat time.Duration

	// ReadyOnBeat makes the component ready at its first beat even without
	// a Heartbeat.
	ReadyOnBeat bool

	// StopTimeout is how long it may take to return after its context has
	// ended, and how long its Close may take. Zero: 10 s.
	StopTimeout time.Duration

	// Critical marks a component without which the device is of no use:
	// the app is failing while it is down, the service manager hears READY
	// only when it is ready and no watchdog ping while it is stuck, and the
	// app stops when it is given up.
	Critical bool
}

// Restart is the rule for starting a failed component again. The zero value
// waits 100 ms after the first failure, twice as long after each further one up
// to 60 s, and never gives up.
type Restart struct {
	// Min and Max bound the wait. Zero: 100 ms and 60 s. The actual wait is
	// between half of the computed one and all of it, at random.
	Min, Max time.Duration

	// Healthy is the length of a run after which its failure counts as the
	// first one. Zero: 5 min.
	Healthy time.Duration

	// Limit is the number of failures in a row after which the component is
	// given up; 1 makes the first failure final. Zero: never. A component
	// that was given up runs again after [App.Restart].
	Limit int
}

// withDefaults returns a copy of o with every zero replaced by its default,
// and all mistakes in it.
func (o *ComponentOptions) withDefaults() (ComponentOptions, error) {
	var d ComponentOptions
	if o != nil {
		d = *o
	}
	var errs []error
	refuse := func(name string, bad bool) {
		if bad {
			errs = append(errs, fmt.Errorf("%s is negative", name))
		}
	}
	refuse("Heartbeat", d.Heartbeat < 0)
	refuse("StopTimeout", d.StopTimeout < 0)
	refuse("Restart.Min", d.Restart.Min < 0)
	refuse("Restart.Max", d.Restart.Max < 0)
	refuse("Restart.Healthy", d.Restart.Healthy < 0)
	refuse("Restart.Limit", d.Restart.Limit < 0)

	setDefault(&d.StopTimeout, defaultStopTimeout)
	setDefault(&d.Restart.Healthy, defaultHealthy)
	switch r := &d.Restart; {
	case r.Min == 0 && r.Max == 0:
		r.Min, r.Max = defaultBackoffMin, defaultBackoffMax
	case r.Min == 0:
		r.Min = min(defaultBackoffMin, r.Max)
	case r.Max == 0:
		r.Max = max(defaultBackoffMax, r.Min)
	case r.Min > r.Max:
		errs = append(errs, fmt.Errorf("Restart.Min %v is above Restart.Max %v", r.Min, r.Max))
	}
	return d, errors.Join(errs...)
}

func setDefault(d *time.Duration, v time.Duration) {
	if *d == 0 {
		*d = v
	}
}

// checker is a component of this package that can be wrong before it runs.
type checker interface{ check() error }

// once is a component that is ready when it is done.
type once struct{ f Func }

// Once returns a component that calls f until it succeeds, and then is [Done].
// Components that need it start after that: the place for work that has to
// precede theirs, such as moving old state to a new format. [App.Restart] runs
// it again.
func Once(f func(ctx context.Context) error) Component { return once{f} }

func (o once) Run(ctx context.Context) error { return o.f(ctx) }

func (o once) check() error {
	if o.f == nil {
		return errors.New("Once has no function")
	}
	return nil
}
