package sensortest

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/sensor"
)

// Contract is what [TestSource] may expect of a source besides the rules that
// hold for all. A zero Contract is that of a source with a value for every
// call.
type Contract struct {
	// Period is how long the source needs for its next value. While the source
	// is not ready, the test sleeps for as long before it asks again.
	Period time.Duration
	// Recorded is set for a source whose readings have the time of a
	// recording, not that of the read.
	Recorded bool
	// Concurrent is set for a source that may be read by several goroutines at
	// a time. That they do not disturb each other is best tested with the race
	// detector on.
	Concurrent bool
}

// TestSource checks the rules of [sensor.Source] with fresh sources from open:
// Read replaces the whole reading; At is the time of the read; Seq is 0 always,
// or counts 1, 2, 3; a source that is not ready says so with the error and the
// flag together; an ended context ends a read, and takes nothing from the
// next; reading does not allocate; and, where the [Contract] says so, readers
// do not disturb each other. The source needs 200 readings.
//
// Each check runs in a testing/synctest bubble of its own, in which open is
// called: nothing waits in real time. Nil stands for a zero [Contract].
func TestSource[T any](t *testing.T, open func(t *testing.T) sensor.Source[T], c *Contract) {
	t.Helper()
	if c == nil {
		c = new(Contract)
	}
	for _, check := range []struct {
		name string
		f    func(*testing.T, sensor.Source[T], *Contract)
	}{
		{"replaces", testReplaces[T]},
		{"numbers", testNumbers[T]},
		{"context", testContext[T]},
		{"allocations", testAllocations[T]},
		{"concurrent", testConcurrent[T]},
	} {
		if check.name == "concurrent" && !c.Concurrent {
			continue
		}
		t.Run(check.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				check.f(t, open(t), c)
			})
		})
	}
}

// next reads until the source is ready, twenty periods at most.
func next[T any](t *testing.T, src sensor.Source[T], c *Contract, r *sensor.Reading[T]) {
	t.Helper()
	for range 20 {
		err := src.Read(t.Context(), r)
		switch {
		case err == nil:
			if r.Quality.Has(sensor.NotReady) {
				t.Error("Read = nil with the quality NotReady; want ErrNotReady with it")
			}
			return
		case errors.Is(err, io.EOF):
			t.Fatal("Read = io.EOF; want a source with 200 readings")
		case !errors.Is(err, sensor.ErrNotReady):
			t.Fatalf("Read = %v; want nil or ErrNotReady", err)
		case !r.Quality.Has(sensor.NotReady):
			t.Errorf("Read = ErrNotReady with the quality %v; want NotReady with it", r.Quality)
		}
		time.Sleep(max(c.Period, time.Nanosecond))
	}
	t.Fatalf("Read = ErrNotReady for 20 periods of %v; want a value", c.Period)
}

func testReplaces[T any](t *testing.T, src sensor.Source[T], c *Contract) {
	const foreign = sensor.Quality(1 << 31)
	for range 3 {
		r := sensor.Reading[T]{Seq: 1 << 40, Quality: foreign}
		before := time.Now()
		next(t, src, c, &r)
		if after := time.Now(); !c.Recorded && (r.At.Before(before) || r.At.After(after)) {
			t.Errorf("At = %v; want the time of the read, from %v to %v", r.At, before, after)
		}
		if r.At.IsZero() {
			t.Error("At is zero; want a time")
		}
		if r.Seq >= 1<<40 {
			t.Errorf("Seq = %d is left from before the read; want it replaced", r.Seq)
		}
		if r.Quality.Has(foreign) {
			t.Errorf("Quality = %v is left from before the read; want it replaced", r.Quality)
		}
		time.Sleep(c.Period)
	}
}

func testNumbers[T any](t *testing.T, src sensor.Source[T], c *Contract) {
	var r sensor.Reading[T]
	next(t, src, c, &r)
	if r.Seq == 0 {
		return
	}
	for want := uint64(1); want <= 10; want++ {
		if r.Seq != want {
			t.Fatalf("Seq = %d; want %d", r.Seq, want)
		}
		next(t, src, c, &r)
	}
}

func testContext[T any](t *testing.T, src sensor.Source[T], c *Contract) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var r, then sensor.Reading[T]
	if err := src.Read(ended, &r); !errors.Is(err, context.Canceled) {
		t.Errorf("Read with a cancelled context = %v; want context.Canceled", err)
	}
	next(t, src, c, &r)
	if err := src.Read(ended, &then); !errors.Is(err, context.Canceled) {
		t.Errorf("Read with a cancelled context = %v; want context.Canceled", err)
	}
	next(t, src, c, &then)
	if r.Seq != 0 && then.Seq != r.Seq+1 {
		t.Errorf("Seq after a cancelled read = %d; want %d", then.Seq, r.Seq+1)
	}
}

func testAllocations[T any](t *testing.T, src sensor.Source[T], c *Contract) {
	var r sensor.Reading[T]
	next(t, src, c, &r)
	ctx := t.Context()
	var failed error
	got := testing.AllocsPerRun(100, func() {
		if err := src.Read(ctx, &r); err != nil {
			failed = err
		}
	})
	if failed != nil {
		t.Fatalf("Read = %v; want nil", failed)
	}
	if got != 0 {
		t.Errorf("Read allocates %v times; want 0", got)
	}
}

func testConcurrent[T any](t *testing.T, src sensor.Source[T], c *Contract) {
	const readers, each = 4, 25
	var r sensor.Reading[T]
	next(t, src, c, &r)
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		seen = map[uint64]bool{r.Seq: true}
	)
	for range readers {
		wg.Go(func() {
			for range each {
				var r sensor.Reading[T]
				err := src.Read(t.Context(), &r)
				mu.Lock()
				switch {
				case err != nil:
					t.Errorf("Read = %v; want nil", err)
				case r.Seq != 0 && seen[r.Seq]:
					t.Errorf("Seq = %d comes twice", r.Seq)
				}
				seen[r.Seq] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}
