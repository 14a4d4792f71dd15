package sensor_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/brinkml/brink/sensor"
)

// load keeps all processors busy, and the garbage collector with them, until ctx ends.
func load(ctx context.Context, wg *sync.WaitGroup) {
	for range 2 * runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			var keep [64][]byte
			for n := 0; ctx.Err() == nil; n++ {
				b := make([]byte, 16<<10)
				for i := range b {
					b[i] = byte(i * n)
				}
				keep[n%len(keep)] = b
			}
		})
	}
}

// TestSamplerTenSecondsUnderLoad samples at 100 Hz for ten seconds of real time while every processor is busy. Single reads
// are late then, by what the scheduler makes of it, but the schedule is not: at the end its deadlines are met as well as at
// the beginning, and every one was either served or counted as missed.
func TestSamplerTenSecondsUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes ten seconds")
	}
	const (
		period = 10 * time.Millisecond
		slots  = 1000
		part   = 100 // of the slots, at both ends
	)
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	load(ctx, &wg)

	s, err := sensor.NewSampler(counter(), period, nil)
	if err != nil {
		t.Fatal(err)
	}
	var (
		start        time.Time
		begin, end   []time.Duration // after their deadlines
		slot, served int64
	)
	for r, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if served == 0 {
			start = r.At
		}
		served++
		st := s.Stats()
		slot = int64(st.Count+st.Missed) - 1
		late := r.At.Sub(start) - time.Duration(slot)*period
		if slot < part {
			begin = append(begin, late)
		}
		if slot >= slots-part {
			end = append(end, late)
		}
		if slot >= slots {
			break
		}
	}
	took := time.Since(start)
	st := s.Stats()
	t.Logf("%d reads, %d missed in %v; lateness p50 %v, p99 %v, most %v; jitter %v, drift %v",
		st.Count, st.Missed, took, st.LatenessP50, st.LatenessP99, st.LatenessMax, st.Jitter, st.Drift)
	if len(begin) == 0 || len(end) == 0 {
		t.Fatalf("%d reads in the first second and %d in the last; want some", len(begin), len(end))
	}
	if drift := slices.Min(end) - slices.Min(begin); drift <= -period || drift >= period {
		t.Errorf("the schedule has drifted by %v; want less than a period", drift)
	}
	if want := time.Duration(slot) * period; took < want-period {
		t.Errorf("slot %d came after %v; want no sooner than %v", slot, took, want)
	}
	if st.Count != uint64(served) || st.Count+st.Missed != uint64(slot)+1 {
		t.Errorf("%d reads and %d missed make %d slots; want %d", st.Count, st.Missed, st.Count+st.Missed, slot+1)
	}
}
