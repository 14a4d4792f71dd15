package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// App owns the components and topics of one device. Make it with [New], declare
// with [App.Go] and [NewTopic], then call [App.Run] once. All methods are safe
// for concurrent use.
type App struct {
	name    string
	log     *slog.Logger
	jitter  func() float64
	epoch   time.Time // of New; the origin of lastBeat
	metrics Metrics

	stopping chan struct{} // closed when the app begins to stop
	ready    chan struct{} // closed when every critical component is ready
	base     context.Context

	mu      sync.Mutex
	phase   phase
	runners []*runner // as declared
	byName  map[string]*runner
	topics  []topicWatcher
	wrong   []error // mistakes in declarations
	asleep  int     // components that rest
	errs    []error // why the app stops
	closed  bool
}

// phase says how far Run has come.
type phase int

const (
	declaring phase = iota
	running
	over
)

// Options are the optional choices of [New].
type Options struct {
	// Logger gets state changes at debug level, degradations at warn and
	// failures at error. Nil: nothing is logged.
	Logger *slog.Logger

	// Jitter returns a number in [0, 1) for the random part of a backoff
	// and is called from many goroutines. Nil: math/rand/v2.
	Jitter func() float64
}

// New returns an app without components. The name is for people: logs, status
// and page show it.
func New(name string, o *Options) *App {
	if o == nil {
		o = &Options{}
	}
	a := &App{
		name:     name,
		log:      o.Logger,
		jitter:   o.Jitter,
		epoch:    time.Now(),
		stopping: make(chan struct{}),
		ready:    make(chan struct{}),
		byName:   make(map[string]*runner),
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if a.jitter == nil {
		a.jitter = rand.Float64
	}
	a.metrics.collect = a.collect
	return a
}

// Name returns the name given to [New].
func (a *App) Name() string { return a.name }

// Metrics returns the app's metrics. Those of its components and topics are
// among what they write.
func (a *App) Metrics() *Metrics { return &a.metrics }

// Go declares a component. It starts with [App.Run], which also reports a name
// that is empty or taken, an unknown need, a circle of needs, a nil component
// and bad options. Go panics once Run was called.
func (a *App) Go(name string, c Component, o *ComponentOptions) {
	opts, err := o.withDefaults()
	if c == nil {
		err = errors.Join(errors.New("component is nil"), err)
	} else if k, ok := c.(checker); ok {
		err = errors.Join(k.check(), err)
	}
	r := &runner{
		app:       a,
		name:      name,
		component: c,
		o:         opts,
		log:       a.log.With("component", name),
		ready:     make(chan struct{}),
		halt:      make(chan struct{}),
		released:  make(chan struct{}),
		kick:      make(chan struct{}, 1),
		seen:      record{state: Waiting, since: time.Now()},
	}

	a.mu.Lock()
	defer a.mu.Unlock()
	if a.phase != declaring {
		panic(fmt.Sprintf("edge: Go(%q) after Run", name))
	}
	switch {
	case name == "":
		err = errors.Join(errors.New("name is empty"), err)
	case a.byName[name] != nil:
		err = errors.Join(errors.New("name is taken"), err)
	default:
		a.byName[name] = r
	}
	if err != nil {
		a.wrong = append(a.wrong, fmt.Errorf("component %q: %w", name, err))
	}
	a.runners = append(a.runners, r)
}

// Run starts the components and returns when they have ended: because ctx
// ended, because one returned a [Fatal] error, because a critical one was given
// up, or because none is left that will run again.
//
// The error joins the reasons for stopping, if not ctx, the last errors of
// components that were given up, and a [*StuckError]. It is nil after a clean
// stop. Mistakes in the declarations are returned, all together, before
// anything is started. Run may be called once.
func (a *App) Run(ctx context.Context) error {
	if err := a.begin(ctx); err != nil {
		return err
	}
	var all sync.WaitGroup
	for _, r := range a.runners {
		all.Go(r.supervise)
	}
	a.checkReady()
	a.log.Info("app started", "app", a.name, "components", len(a.runners))
	if len(a.runners) == 0 {
		a.stop(nil)
	}
	select {
	case <-ctx.Done():
		a.stop(nil)
	case <-a.stopping:
	}
	a.log.Info("app stops", "app", a.name)
	for _, r := range a.runners {
		all.Go(func() {
			for _, d := range r.neededBy {
				<-d.released
			}
			close(r.halt)
		})
	}
	all.Wait()
	return a.end()
}

// begin checks the declarations and enters the phase of running.
func (a *App) begin(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.phase != declaring {
		return errors.New("edge: Run was called before")
	}
	wrong := a.wrong
	if len(wrong) == 0 {
		wrong = link(a.runners, a.byName)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("edge: %w", errors.Join(wrong...))
	}
	a.phase = running
	a.base = context.WithoutCancel(ctx)
	return nil
}

// end gathers the outcome of Run.
func (a *App) end() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.phase = over
	var stuck StuckError
	for _, r := range a.runners {
		switch s := r.look(); {
		case s.state == Stuck:
			stuck.Components = append(stuck.Components, r.name)
		case s.state == Failed && !s.told:
			a.errs = append(a.errs, fmt.Errorf("edge: component %s: given up after %d failures: %w", r.name, s.failures, s.err))
		}
	}
	if len(stuck.Components) > 0 {
		a.errs = append(a.errs, &stuck)
	}
	err := errors.Join(a.errs...)
	a.log.Info("app stopped", "app", a.name, "err", err)
	return err
}

// stop begins the stop of the app, for the reason err if that is not nil.
func (a *App) stop(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		a.errs = append(a.errs, err)
	}
	select {
	case <-a.stopping:
	default:
		close(a.stopping)
	}
}

// resting counts components that will not run again of their own accord, and
// ends the app when none is left that will.
func (a *App) resting(n int) {
	a.mu.Lock()
	a.asleep += n
	all := a.asleep == len(a.runners)
	a.mu.Unlock()
	if all {
		a.stop(nil)
	}
}

// checkReady closes ready when every critical component was ready once.
func (a *App) checkReady() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.runners {
		if !r.o.Critical {
			continue
		}
		select {
		case <-r.ready:
		default:
			return
		}
	}
	select {
	case <-a.ready:
	default:
		close(a.ready)
	}
}
