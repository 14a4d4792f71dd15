package sensor_test

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/sensor"
)

// counter is a source that counts its reads.
func counter() sensor.SourceFunc[int] {
	n := 0
	return func(_ context.Context, r *sensor.Reading[int]) error {
		n++
		r.Value, r.At = n, time.Now()
		return nil
	}
}

func sampler(t *testing.T, src sensor.Source[int], period time.Duration, rule sensor.OverrunRule) *sensor.Sampler[int] {
	t.Helper()
	s, err := sensor.NewSampler(src, period, &sensor.SamplerOptions{Overrun: rule})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSamplerDoesNotDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const period = 7 * time.Millisecond
		n := 1_000_000
		if testing.Short() {
			n = 100_000
		}
		s := sampler(t, counter(), period, sensor.Skip)
		start := time.Now()
		var last sensor.Reading[int]
		for r, err := range s.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if r.Seq != last.Seq+1 {
				t.Fatalf("Seq = %d after %d; want no gap", r.Seq, last.Seq)
			}
			// The consumer takes a different part of each period.
			time.Sleep(period * time.Duration(r.Value%7) / 8)
			if last = r; r.Value == n {
				break
			}
		}
		if got, want := last.At.Sub(start), time.Duration(n-1)*period; got != want {
			t.Errorf("reading %d came after %v; want %v", n, got, want)
		}
		want := sensor.SamplerStats{Count: uint64(n)}
		want.Lateness[0] = uint64(n)
		if diff := cmp.Diff(want, s.Stats()); diff != "" {
			t.Errorf("Stats() (-want +got):\n%s", diff)
		}
	})
}

// Overruns now and then leave the phase as it was, and every deadline is read or counted.
func TestSamplerKeepsPhase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, period = 100_000, 7 * time.Millisecond
		s := sampler(t, counter(), period, sensor.Skip)
		start := time.Now()
		for r := range s.All(t.Context()) {
			slot := r.At.Sub(start) / period
			if r.At.Sub(start) != slot*period {
				t.Fatalf("reading %d came at %v; want a multiple of %v", r.Value, r.At.Sub(start), period)
			}
			if st := s.Stats(); r.Value == n {
				if st.Count+st.Missed != uint64(slot)+1 || st.Missed != 2*((n-1)/100) {
					t.Errorf("%d read and %d missed of %d deadlines; want all of them, and %d missed", st.Count, st.Missed, slot+1, 2*((n-1)/100))
				}
				break
			}
			if r.Value%100 == 0 {
				time.Sleep(2*period + period/3)
			}
		}
	})
}

// Jitter is by hand: reads begin 0, 3, 0, 4 ms late, which makes intervals of 3, -3 and 4 ms more than they should be.
func TestSamplerJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ms = time.Millisecond
		s := sampler(t, counter(), 10*ms, sensor.CatchUp)
		n := 0
		for range s.All(t.Context()) {
			switch n++; n {
			case 1:
				time.Sleep(13 * ms)
			case 3:
				time.Sleep(14 * ms)
			}
			if n == 4 {
				break
			}
		}
		for range s.All(t.Context()) { // the pause between loops is no interval
			break
		}
		st := s.Stats()
		if want := time.Duration(math.Sqrt((9 + 9 + 16) / 3.0 * float64(ms) * float64(ms))); st.Jitter != want {
			t.Errorf("Jitter = %v; want %v", st.Jitter, want)
		}
		if got, want := st.Lateness.String(), "≤0s: 3, ≤3.071ms: 1, ≤4.095ms: 1"; got != want {
			t.Errorf("Lateness = %q; want %q", got, want)
		}
	})
}

// The time of day may be set while a sampler runs. No test can set it, but a sampler asks nothing that would tell: deadlines
// and lateness are differences of times that have a monotonic clock, which package time then uses alone, and timers run by
// that too. What can be shown is that its times have that clock, and that times of readings which have not, and jump, do not
// matter.
func TestSamplerIgnoresWallClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const period = time.Second
		n := 0
		s := sampler(t, sensor.SourceFunc[int](func(_ context.Context, r *sensor.Reading[int]) error {
			if n++; n%2 == 0 {
				r.At = time.Now().Round(0).Add(time.Duration(n%5-2) * 24 * time.Hour) // without a monotonic clock
			}
			return nil
		}), period, sensor.Skip)
		start := time.Now()
		for range s.All(t.Context()) {
			if got, want := time.Since(start), time.Duration(n-1)*period; got != want {
				t.Fatalf("reading %d came after %v; want %v", n, got, want)
			}
			if n == 1000 {
				break
			}
		}
		if st := s.Stats(); st.Missed != 0 || st.LatenessMax != 0 || st.Drift != 0 || st.Jitter != 0 {
			t.Errorf("Stats() = %+v; want a schedule that is met", st)
		}
	})
	s := sampler(t, sensor.SourceFunc[int](func(context.Context, *sensor.Reading[int]) error { return nil }), time.Hour, sensor.Skip)
	for r := range s.All(t.Context()) {
		if r.At == r.At.Round(0) {
			t.Errorf("a reading has the time %v; want a monotonic clock in it", r.At)
		}
		break
	}
}

// Each rule, with a consumer that needs 2.5 periods for the second reading and no time for the others.
func TestSamplerOverrunRules(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		rule   sensor.OverrunRule
		at     []time.Duration
		over   []int // readings with Overrun, from 0
		missed uint64
		late   time.Duration
	}{
		{sensor.Skip, []time.Duration{0, 10 * ms, 40 * ms, 50 * ms, 60 * ms}, []int{2}, 2, 0},
		{sensor.CatchUp, []time.Duration{0, 10 * ms, 35 * ms, 35 * ms, 40 * ms}, []int{2}, 0, 15 * ms},
		{sensor.Latest, []time.Duration{0, 10 * ms, 35 * ms, 40 * ms, 50 * ms}, []int{2}, 1, 5 * ms},
	}
	for _, tt := range tests {
		t.Run(tt.rule.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := sampler(t, counter(), 10*ms, tt.rule)
				start := time.Now()
				var at []time.Duration
				var over []int
				for r := range s.All(t.Context()) {
					if r.Quality == sensor.Overrun {
						over = append(over, len(at))
					}
					at = append(at, r.At.Sub(start))
					if len(at) == 2 {
						time.Sleep(25 * ms)
					}
					if len(at) == len(tt.at) {
						break
					}
				}
				if diff := cmp.Diff(tt.at, at); diff != "" {
					t.Errorf("times of readings (-want +got):\n%s", diff)
				}
				if !slices.Equal(over, tt.over) {
					t.Errorf("readings with Overrun = %v; want %v", over, tt.over)
				}
				st := s.Stats()
				if st.Missed != tt.missed || st.LatenessMax != tt.late || st.Drift != 0 {
					t.Errorf("Stats() = %+v; want %d missed, %v at most late, no drift", st, tt.missed, tt.late)
				}
			})
		})
	}
}

func TestSamplerSlowSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := sensor.SourceFunc[int](func(_ context.Context, r *sensor.Reading[int]) error {
			r.At = time.Now()
			time.Sleep(12 * time.Millisecond)
			return nil
		})
		s := sampler(t, slow, 10*time.Millisecond, sensor.Skip)
		start := time.Now()
		for r := range s.All(t.Context()) {
			if got, want := r.At.Sub(start), time.Duration(r.Seq-1)*20*time.Millisecond; got != want {
				t.Fatalf("reading %d at %v; want %v, every second deadline", r.Seq, got, want)
			}
			if first := r.Seq == 1; r.Quality.Has(sensor.Overrun) == first {
				t.Errorf("reading %d has quality %v", r.Seq, r.Quality)
			}
			if r.Seq == 50 {
				break
			}
		}
		if st := s.Stats(); st.Missed != 49 {
			t.Errorf("Stats().Missed = %d; want 49", st.Missed)
		}
	})
}

func TestSamplerGoesOnAfterErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boom := errors.New("boom")
		n := 0
		s := sampler(t, sensor.SourceFunc[int](func(_ context.Context, r *sensor.Reading[int]) error {
			n++
			r.Value = n
			if n%3 == 0 {
				return boom
			}
			return nil
		}), time.Second, sensor.Skip)
		start := time.Now()
		failed := 0
		for r, err := range s.All(t.Context()) {
			if r.Seq != uint64(n) {
				t.Errorf("Seq = %d; want %d, failed reads included", r.Seq, n)
			}
			if got, want := r.At, start.Add(time.Duration(n-1)*time.Second); !got.Equal(want) {
				t.Errorf("reading %d at %v; want %v", n, got, want)
			}
			switch {
			case n%3 == 0:
				failed++
				if !errors.Is(err, boom) || r.Value != 0 {
					t.Errorf("reading %d = %d, %v; want 0, %v", n, r.Value, err, boom)
				}
			case err != nil:
				t.Errorf("reading %d: %v", n, err)
			}
			if n == 30 {
				break
			}
		}
		if st := s.Stats(); failed != 10 || st.Errors != 10 || st.Count != 30 {
			t.Errorf("%d failed, Stats() = %+v; want 10 of 30", failed, st)
		}
	})
}

func TestSamplerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sampler(t, counter(), time.Hour, sensor.Skip)

		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Minute)
		defer cancel()
		start, n := time.Now(), 0
		for range s.All(ctx) {
			n++
		}
		if took := time.Since(start); n != 2 || took != 90*time.Minute {
			t.Errorf("loop ended after %d readings and %v; want 2 and the end of its context", n, took)
		}
		for range s.All(ctx) {
			t.Error("a loop with an ended context has a reading")
		}
		for r := range s.All(t.Context()) { // a new loop starts at once, and goes on counting
			if r.Seq != 3 {
				t.Errorf("Seq in the second loop = %d; want 3", r.Seq)
			}
			for _, err := range s.All(t.Context()) {
				if !errors.Is(err, sensor.ErrRunning) {
					t.Errorf("loop within a loop yields %v; want %v", err, sensor.ErrRunning)
				}
			}
			break
		}
	})
}

// A read that fails because the context ended is not a failed read; nor is the end of a recording.
func TestSamplerEndsWithItsSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := sampler(t, sensor.SourceFunc[int](func(ctx context.Context, _ *sensor.Reading[int]) error {
			cancel()
			return context.Cause(ctx)
		}), time.Second, sensor.Skip)
		for range s.All(ctx) {
			t.Error("yielded a read that its context ended")
		}
		left := 3
		s = sampler(t, sensor.SourceFunc[int](func(context.Context, *sensor.Reading[int]) error {
			if left == 0 {
				return io.EOF
			}
			left--
			return nil
		}), time.Second, sensor.Skip)
		n := 0
		for _, err := range s.All(t.Context()) {
			if n++; err != nil {
				t.Error(err)
			}
		}
		if n != 3 || s.Stats().Errors != 0 {
			t.Errorf("%d readings, %d errors; want 3 and 0", n, s.Stats().Errors)
		}
	})
}

func TestSamplerAllocatesNothing(t *testing.T) {
	src := counter()
	s := sampler(t, src, time.Microsecond, sensor.CatchUp)
	const n = 10_000
	loop := testing.AllocsPerRun(10, func() {
		for r := range s.All(t.Context()) {
			if r.Seq%n == 0 {
				break
			}
		}
	})
	// Starting a loop costs its timer and its reading; samples must not add to it.
	if loop > 20 {
		t.Errorf("a loop of %d samples makes %v allocations; want none a sample", n, loop)
	}
}

func TestNewSamplerReportsAll(t *testing.T) {
	_, err := sensor.NewSampler[int](nil, -time.Second, &sensor.SamplerOptions{Overrun: 9})
	want := "sensor: sampler: source is nil\n" +
		"sensor: sampler: period is -1s, want more than 0\n" +
		"sensor: sampler: unknown rule OverrunRule(9)"
	if err == nil || err.Error() != want {
		t.Errorf("NewSampler with bad arguments = %v; want %s", err, want)
	}
}

func BenchmarkSampler(b *testing.B) {
	s, err := sensor.NewSampler(counter(), time.Nanosecond, &sensor.SamplerOptions{Overrun: sensor.CatchUp})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for range s.All(b.Context()) {
		if !b.Loop() {
			break
		}
	}
}
