package transport

import (
	"sync"
	"time"
)

// histogramBuckets is the number of buckets of a [Histogram].
const histogramBuckets = 16

// Histogram counts times by size. The zero value has none. It is a value: a copy
// is a snapshot.
type Histogram struct {
	Count    uint64
	Sum, Max time.Duration
	// Buckets[i] counts the times above Bound(i-1) and up to Bound(i).
	Buckets [histogramBuckets]uint64
}

// Bound is the upper bound of a bucket: 125 µs for the first, twice the one
// before for the others, and no bound, told as 0, for the last.
func (Histogram) Bound(i int) time.Duration {
	if i >= histogramBuckets-1 {
		return 0
	}
	return 125 * time.Microsecond << i
}

// Add counts a time.
func (h *Histogram) Add(d time.Duration) {
	d = max(d, 0)
	i := 0
	for i < histogramBuckets-1 && d > h.Bound(i) {
		i++
	}
	h.Buckets[i]++
	h.Count++
	h.Sum += d
	h.Max = max(h.Max, d)
}

// Quantile returns a time that the share p, 0 to 1, of all times does not
// exceed, to within a factor of two; 0 when there are none.
func (h Histogram) Quantile(p float64) time.Duration {
	var sum uint64
	for i, n := range h.Buckets {
		if sum += n; n > 0 && float64(sum) >= p*float64(h.Count) {
			if b := h.Bound(i); b > 0 {
				return min(b, h.Max)
			}
			return h.Max
		}
	}
	return h.Max
}

// latency is a histogram that many write.
type latency struct {
	mu sync.Mutex
	h  Histogram
}

func (l *latency) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.h.Add(d)
}

func (l *latency) snapshot() Histogram {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.h
}
