package transport_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/brinkml/brink/transport"
)

// A quantile is never below the exact one, and less than twice of it.
func TestHistogram(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.Int64Range(int64(125*time.Microsecond), int64(3*time.Second)), 1, 200).Draw(t, "times")
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		var h transport.Histogram
		var sum time.Duration
		for _, d := range times {
			h.Add(time.Duration(d))
			sum += time.Duration(d)
		}
		if h.Count != uint64(len(times)) || h.Sum != sum {
			t.Fatalf("%d times, sum %v; want %d, %v", h.Count, h.Sum, len(times), sum)
		}
		q := h.Quantile(p)
		below, twice := 0, 0
		for _, d := range times {
			if time.Duration(d) <= q {
				below++
			}
			if 2*time.Duration(d) <= q {
				twice++
			}
		}
		if float64(below) < p*float64(len(times)) {
			t.Errorf("Quantile(%v) = %v, and only %d of %d do not exceed it", p, q, below, len(times))
		}
		if p > 0 && float64(twice) >= p*float64(len(times)) && q > 250*time.Microsecond {
			t.Errorf("Quantile(%v) = %v; want less than twice the exact one", p, q)
		}
	})
	if q := (transport.Histogram{}).Quantile(0.5); q != 0 {
		t.Errorf("Quantile of nothing = %v; want 0", q)
	}
}
