package sensortest

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/brinkml/brink/sensor"
)

// Source is a mock [sensor.Source]. Its readings have the time of the read and
// are numbered from 1. It may be used from any goroutine, and starts none.
type Source[T any] struct {
	f func(ctx context.Context, n int) (T, error)

	mu      sync.Mutex
	steps   []Step[T]
	used    int // of the first step's Times
	last    T
	calls   int
	good    uint64
	waiting int
}

// Values returns a source that gives each value once.
func Values[T any](v ...T) *Source[T] {
	steps := make([]Step[T], len(v))
	for i := range v {
		steps[i].Value = v[i]
	}
	return &Source[T]{steps: steps}
}

// Func returns a source that asks f each time, with the number of the call,
// from 1. An error of f is the read's. f is called on the reader's goroutine,
// without a lock, and may block as long as it minds ctx.
func Func[T any](f func(ctx context.Context, n int) (T, error)) *Source[T] {
	return &Source[T]{f: f}
}

// Script returns a source that takes one step a call.
func Script[T any](steps ...Step[T]) *Source[T] {
	return new(Source[T]).Then(steps...)
}

// Then adds steps to the end of a source of [Values] or [Script], and returns
// the source. It may be called at any time: a test can decide in the middle
// what happens next.
func (s *Source[T]) Then(steps ...Step[T]) *Source[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = append(s.steps, steps...)
	return s
}

// Calls returns how often Read was called, with calls that have not returned.
func (s *Source[T]) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// Waiting returns how many calls of Read are in a Delay or a Hang.
func (s *Source[T]) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting
}

// Read implements [sensor.Source]. It does not allocate, except for a timer in
// a step with a Delay.
func (s *Source[T]) Read(ctx context.Context, r *sensor.Reading[T]) error {
	*r = sensor.Reading[T]{}
	step := s.begin(ctx)
	if err := s.wait(ctx, &step); err != nil {
		return err
	}
	r.At, r.Quality = time.Now(), step.Quality
	if step.Err != nil {
		if errors.Is(step.Err, sensor.ErrNotReady) {
			r.Quality |= sensor.NotReady
		}
		return step.Err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if step.NotReady || step.Stale && s.good == 0 {
		r.Quality |= sensor.NotReady
		return sensor.ErrNotReady
	}
	if step.Stale {
		r.Quality |= sensor.Stale
		step.Value = s.last
	}
	s.last = step.Value
	s.good++
	r.Value, r.Seq = step.Value, s.good
	return nil
}

// begin counts a call and returns the step for it. A call whose context has
// ended takes none.
func (s *Source[T]) begin(ctx context.Context) Step[T] {
	s.mu.Lock()
	s.calls++
	n := s.calls
	s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return Step[T]{Err: err}
	}
	if s.f != nil {
		v, err := s.f(ctx, n)
		return Step[T]{Value: v, Err: err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.steps) == 0 {
		return Step[T]{Err: io.EOF}
	}
	step := s.steps[0]
	if s.used++; step.Times >= 0 && s.used >= step.Times {
		s.steps, s.used = s.steps[1:], 0
	}
	return step
}

func (s *Source[T]) wait(ctx context.Context, step *Step[T]) error {
	if !step.Hang && step.Delay <= 0 {
		return nil
	}
	s.count(1)
	defer s.count(-1)
	if step.Hang {
		<-ctx.Done()
		return ctx.Err()
	}
	timer := time.NewTimer(step.Delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Source[T]) count(d int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting += d
}
