package stage_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/sensortest"
	"github.com/brinkml/brink/sensor/stage"
)

func TestRetry(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name  string
		steps []step
		o     *stage.RetryOptions
		want  error
		calls int
		took  time.Duration
	}{
		{"works", []step{{Value: 1}}, nil, nil, 1, 0},
		{"a fault", []step{{Err: errBus}, {Value: 1}}, nil, nil, 2, 10 * ms},
		{"not ready", []step{{NotReady: true}, {NotReady: true}, {Value: 1}}, nil, nil, 3, 30 * ms},
		{"too many", []step{{Err: errBus, Times: 3}, {Value: 1}}, nil, errBus, 3, 30 * ms},
		{"for good", []step{{Err: errOff}, {Value: 1}}, nil, errOff, 1, 0},
		{"the end", []step{{Err: errBus}}, nil, io.EOF, 2, 10 * ms},
		{"never", []step{{Err: errBus}, {Value: 1}}, &stage.RetryOptions{Attempts: 1}, errBus, 1, 0},
		{
			"limited pause",
			[]step{{Err: errBus, Times: 5}, {Value: 1}},
			&stage.RetryOptions{Attempts: 6, Backoff: 20 * ms, MaxBackoff: 50 * ms}, nil, 6, (20 + 40 + 3*50) * ms,
		},
		{"long pause", []step{{Err: errBus, Times: 2}, {Value: 1}}, &stage.RetryOptions{Backoff: time.Minute}, nil, 3, 2 * time.Minute},
		{
			"excluded",
			[]step{{Err: errBus}, {NotReady: true}, {Value: 1}},
			&stage.RetryOptions{Only: func(err error) bool { return !errors.Is(err, sensor.ErrNotReady) }}, sensor.ErrNotReady, 2, 10 * ms,
		},
		{
			"cannot be included",
			[]step{{Err: errOff}, {Value: 1}},
			&stage.RetryOptions{Only: func(error) bool { return true }}, errOff, 1, 0,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := sensortest.Script(tt.steps...)
				s := must(stage.NewRetry(src, tt.o))(t)
				start := time.Now()
				var r sensor.Reading[float64]
				err := s.Read(t.Context(), &r)
				if !errors.Is(err, tt.want) || tt.want == nil && (err != nil || r.Value != 1) {
					t.Errorf("Read = %v, %v; want %v", r.Value, err, tt.want)
				}
				if took := time.Since(start); src.Calls() != tt.calls || took != tt.took {
					t.Errorf("%d reads took %v; want %d and %v", src.Calls(), took, tt.calls, tt.took)
				}
				if got := s.Retries(); got != uint64(tt.calls-1) {
					t.Errorf("Retries() = %d; want %d", got, tt.calls-1)
				}
			})
		})
	}
}

func TestRetryContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := sensortest.Script(step{Err: errBus, Times: sensortest.Forever})
		s := must(stage.NewRetry(src, &stage.RetryOptions{Attempts: 100, Backoff: time.Second, MaxBackoff: time.Second}))(t)
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		start := time.Now()
		var r sensor.Reading[float64]
		if err := s.Read(ctx, &r); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 2500*time.Millisecond || src.Calls() != 3 {
			t.Errorf("Read = %v after %v and %d reads; want the deadline's error after 2.5s and 3", err, time.Since(start), src.Calls())
		}
	})
}

// Readers that wait at the same time have a timer each.
func TestRetryConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := must(stage.NewRetry(sensortest.Func(func(_ context.Context, n int) (int, error) {
			if n <= 20 {
				return 0, errBus
			}
			return n, nil
		}), nil))(t)
		got := make(chan error, 10)
		start := time.Now()
		for range 10 {
			go func() {
				var r sensor.Reading[int]
				got <- s.Read(t.Context(), &r)
			}()
		}
		for range 10 {
			if err := <-got; err != nil {
				t.Errorf("Read = %v; want nil", err)
			}
		}
		if took := time.Since(start); took != 30*time.Millisecond || s.Retries() != 20 {
			t.Errorf("took %v and %d retries; want 30ms, 20", took, s.Retries())
		}
	})
}

// A read that needs two attempts allocates no more than one that works at once.
func TestRetryAllocations(t *testing.T) {
	n := 0
	s := must(stage.NewRetry(sensor.SourceFunc[int](func(context.Context, *sensor.Reading[int]) error {
		if n++; n%2 == 1 {
			return sensor.ErrNotReady
		}
		return nil
	}), &stage.RetryOptions{Backoff: time.Nanosecond}))(t)
	ctx := t.Context()
	var r sensor.Reading[int]
	if got := testing.AllocsPerRun(100, func() {
		if err := s.Read(ctx, &r); err != nil {
			t.Error(err)
		}
	}); got != 0 {
		t.Errorf("a read with a retry allocates %v times; want 0", got)
	}
}

// parts returns the messages of all errors that err joins.
func parts(err error) []string {
	var list []string
	if multi, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range multi.Unwrap() {
			list = append(list, err.Error())
		}
	}
	return list
}

func TestRetryOptionsBad(t *testing.T) {
	_, err := stage.NewRetry[int](nil, &stage.RetryOptions{Attempts: -1, Backoff: -1, MaxBackoff: -1})
	want := []string{
		"sensor: stage: retry: source is nil",
		"sensor: stage: retry: the number of attempts is negative",
		"sensor: stage: retry: the backoff is negative",
		"sensor: stage: retry: the longest backoff is negative",
	}
	if got := parts(err); !slices.Equal(got, want) {
		t.Errorf("NewRetry = %q; want %q", got, want)
	}
}
