package sensortest_test

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
)

type step = sensortest.Step[float64]

var errBus = errors.New("bus is on fire")

func TestValues(t *testing.T) {
	src := sensortest.Values(1, 2, 3)
	var got []int
	var r sensor.Reading[int]
	for src.Read(t.Context(), &r) == nil {
		got = append(got, r.Value)
	}
	if want := []int{1, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("values = %v; want %v", got, want)
	}
	if err := src.Read(t.Context(), &r); err != io.EOF {
		t.Errorf("Read at the end = %v; want io.EOF", err)
	}
	if got := src.Calls(); got != 5 {
		t.Errorf("Calls() = %d; want 5", got)
	}
	src.Then(sensortest.Step[int]{Value: 4})
	if err := src.Read(t.Context(), &r); err != nil || r.Value != 4 || r.Seq != 4 {
		t.Errorf("Read after Then = %+v, %v; want value 4, number 4", r, err)
	}
}

func TestScript(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := sensortest.Script(
			step{NotReady: true},
			step{Stale: true},
			step{Value: 20, Delay: time.Second},
			step{Stale: true},
			step{Err: errBus, Quality: sensor.Overrun},
			step{Value: 21, Quality: sensor.Clipped, Times: sensortest.Forever},
		)
		start := time.Now()
		for i, want := range []struct {
			value   float64
			quality sensor.Quality
			seq     uint64
			err     error
			at      time.Duration
		}{
			{0, sensor.NotReady, 0, sensor.ErrNotReady, 0},
			{0, sensor.NotReady, 0, sensor.ErrNotReady, 0},
			{20, 0, 1, nil, time.Second},
			{20, sensor.Stale, 2, nil, time.Second},
			{0, sensor.Overrun, 0, errBus, time.Second},
			{21, sensor.Clipped, 3, nil, time.Second},
			{21, sensor.Clipped, 4, nil, time.Second},
		} {
			var r sensor.Reading[float64]
			err := src.Read(t.Context(), &r)
			if err != want.err || r.Value != want.value || r.Quality != want.quality || r.Seq != want.seq || r.At.Sub(start) != want.at {
				t.Errorf("read %d = %+v, %v; want %+v", i+1, r, err, want)
			}
		}
	})
}

func TestHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := sensortest.Script(step{Hang: true}, step{Delay: time.Hour, Value: 1}, step{Value: 2})
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			done := make(chan error)
			go func() {
				var r sensor.Reading[float64]
				done <- src.Read(ctx, &r)
			}()
			synctest.Wait()
			if got := src.Waiting(); got != 1 {
				t.Errorf("Waiting() = %d; want 1", got)
			}
			start := time.Now()
			if err := <-done; !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
				t.Errorf("Read = %v after %v; want the deadline's error after 1m0s", err, time.Since(start))
			}
			cancel()
		}
		var r sensor.Reading[float64]
		if err := src.Read(t.Context(), &r); err != nil || r.Value != 2 || src.Waiting() != 0 {
			t.Errorf("Read = %v, %v with %d waiting; want 2, nil, 0", r.Value, err, src.Waiting())
		}
	})
}

func TestFunc(t *testing.T) {
	src := sensortest.Func(func(_ context.Context, n int) (int, error) {
		if n == 2 {
			return 0, errBus
		}
		return n * 10, nil
	})
	var r sensor.Reading[int]
	if err := src.Read(t.Context(), &r); err != nil || r.Value != 10 || r.Seq != 1 {
		t.Errorf("first Read = %+v, %v; want value 10, number 1", r, err)
	}
	if err := src.Read(t.Context(), &r); err != errBus {
		t.Errorf("second Read = %v; want %v", err, errBus)
	}
	if err := src.Read(t.Context(), &r); err != nil || r.Value != 30 || r.Seq != 2 {
		t.Errorf("third Read = %+v, %v; want value 30, number 2", r, err)
	}
}

// TestConcurrent takes each value once, however many ask.
func TestConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const readers, each = 8, 100
		src := sensortest.Func(func(_ context.Context, n int) (int, error) { return n, nil })
		seen := make(chan uint64, readers*each)
		for range readers {
			go func() {
				var r sensor.Reading[int]
				for range each {
					if err := src.Read(t.Context(), &r); err != nil {
						t.Error(err)
					}
					seen <- r.Seq
				}
			}()
		}
		synctest.Wait()
		close(seen)
		got := make(map[uint64]bool)
		for seq := range seen {
			got[seq] = true
		}
		if len(got) != readers*each {
			t.Errorf("different numbers = %d; want %d", len(got), readers*each)
		}
	})
}

func TestContract(t *testing.T) {
	t.Run("values", func(t *testing.T) {
		sensortest.TestSource(t, func(*testing.T) sensor.Source[float64] {
			return sensortest.Script(step{NotReady: true}, step{Value: 1, Times: sensortest.Forever})
		}, &sensortest.Contract{Concurrent: true})
	})
	t.Run("func", func(t *testing.T) {
		sensortest.TestSource(t, func(*testing.T) sensor.Source[float64] {
			return sensortest.Func(func(context.Context, int) (float64, error) { return 1, nil })
		}, &sensortest.Contract{Concurrent: true})
	})
}
