package edge

import (
	"math"
	"slices"
	"strconv"
	"sync/atomic"
)

// Histogram counts observations by size, in buckets that were fixed when it was
// made.
type Histogram struct {
	bounds []float64       // upper, inclusive, rising
	counts []atomic.Uint64 // one more than bounds: the rest
	sum    atomic.Uint64   // bits of a float64
}

func newHistogram(bounds []float64) *Histogram {
	return &Histogram{bounds: bounds, counts: make([]atomic.Uint64, len(bounds)+1)}
}

// secondsBounds are the usual ones for the time that something takes.
func secondsBounds() []float64 {
	return []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
}

// Observe counts v. It allocates nothing. NaN is not counted.
func (h *Histogram) Observe(v float64) {
	if math.IsNaN(v) {
		return
	}
	i, _ := slices.BinarySearch(h.bounds, v)
	h.counts[i].Add(1)
	addFloat(&h.sum, v)
}

func (h *Histogram) write(w *promText, name, labels string) {
	var count uint64
	for i := range h.counts {
		count += h.counts[i].Load()
		le := "+Inf"
		if i < len(h.bounds) {
			le = strconv.FormatFloat(h.bounds[i], 'g', -1, 64)
		}
		w.sampleUint(name+"_bucket", joinLabels(labels, `le="`+le+`"`), count)
	}
	w.sample(name+"_sum", labels, math.Float64frombits(h.sum.Load()))
	w.sampleUint(name+"_count", labels, count)
}

func joinLabels(a, b string) string {
	if a == "" {
		return b
	}
	return a + "," + b
}
