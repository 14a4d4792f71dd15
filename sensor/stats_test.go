package sensor

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestBuckets(t *testing.T) {
	for i := range buckets - 1 {
		if got := bucket(upper(i)); got != i {
			t.Fatalf("bucket(upper(%d) = %v) = %d", i, upper(i), got)
		}
		if got := bucket(upper(i) + 1); got != i+1 {
			t.Fatalf("bucket just above upper(%d) = %v is %d; want %d", i, upper(i), got, i+1)
		}
	}
	if got := bucket(math.MaxInt64); got != buckets-1 {
		t.Errorf("bucket of the longest lateness = %d; want %d, the last", got, buckets-1)
	}
}

func TestQuantilesAgainstSorting(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var s Sampler[int]
		late := make([]time.Duration, 1+rng.IntN(2000))
		for i := range late {
			late[i] = time.Duration(math.Exp(rng.Float64() * 25)) // to 72 s
			s.record(late[i], 0, nil)
		}
		slices.Sort(late)
		st := s.Stats()
		for _, q := range []struct {
			name    string
			percent int
			got     time.Duration
		}{{"P50", 50, st.LatenessP50}, {"P99", 99, st.LatenessP99}, {"Max", 100, st.LatenessMax}} {
			exact := late[(len(late)*q.percent+99)/100-1]
			if q.got < exact || q.got > exact+exact/4+time.Microsecond {
				t.Errorf("%s of %d = %v; want %v to 25 %%", q.name, len(late), q.got, exact)
			}
		}
	}
}

func TestHistogram(t *testing.T) {
	var h Histogram
	if h.Count() != 0 || h.Quantile(0.5) != 0 || h.String() != "" {
		t.Errorf("empty histogram = %d, %v, %q; want nothing", h.Count(), h.Quantile(0.5), h)
	}
	for _, d := range []time.Duration{-time.Second, 0, time.Microsecond, 1500, 100 * time.Microsecond, math.MaxInt64} {
		h.Add(d)
	}
	if got, want := h.String(), "≤0s: 2, ≤1µs: 1, ≤2µs: 1, ≤111µs: 1, ≤152h42m35.813887s: 1"; got != want {
		t.Errorf("String() = %q; want %q", got, want)
	}
	for p, want := range map[float64]time.Duration{0: 0, 0.3: 0, 0.5: time.Microsecond, 0.8: 111 * time.Microsecond} {
		if got := h.Quantile(p); got != want {
			t.Errorf("Quantile(%v) = %v; want %v", p, got, want)
		}
	}
	if h.Count() != 6 || h.Quantile(1) < 152*time.Hour {
		t.Errorf("Count() = %d, Quantile(1) = %v; want 6 and the longest", h.Count(), h.Quantile(1))
	}
}
