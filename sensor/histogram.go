package sensor

import (
	"iter"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Buckets hold a time in µs: 0 to 3 one by one, and from there four to a power of two, up to 2^39 µs (six days).
const buckets = 4 * 38

// Histogram counts times in a fixed space, each to 25 % or 1 µs. The zero value has none. It is a value: a copy is a
// snapshot, and it belongs to one goroutine at a time.
type Histogram [buckets]uint64

// Add counts d. A negative one counts as 0, one of more than six days as six days.
func (h *Histogram) Add(d time.Duration) { h[bucket(max(d, 0))]++ }

// Count returns how many times are in h.
func (h Histogram) Count() uint64 {
	var n uint64
	for _, c := range h {
		n += c
	}
	return n
}

// All yields the buckets that are not empty, shortest times first: the longest time that belongs to the bucket, and how
// many are in it.
func (h Histogram) All() iter.Seq2[time.Duration, uint64] {
	return func(yield func(time.Duration, uint64) bool) {
		for i, n := range h {
			if n > 0 && !yield(upper(i), n) {
				return
			}
		}
	}
}

// Quantile returns a time that the fraction p of all, from 0 to 1, does not exceed: the upper end of the bucket that the
// exact one lies in. It is 0 when h is empty.
func (h Histogram) Quantile(p float64) time.Duration {
	count := h.Count()
	rank := p * float64(count)
	var sum uint64
	for i, n := range h {
		if sum += n; n > 0 && float64(sum) >= rank {
			return upper(i)
		}
	}
	return 0
}

// String lists the buckets that are not empty, as in "≤3µs: 998, ≤1.023ms: 2".
func (h Histogram) String() string {
	var s strings.Builder
	for limit, n := range h.All() {
		if s.Len() > 0 {
			s.WriteString(", ")
		}
		s.WriteString("≤" + limit.String() + ": " + strconv.FormatUint(n, 10))
	}
	return s.String()
}

// bucket returns the index for a time, which is not negative. Times are rounded up to whole µs.
func bucket(d time.Duration) int {
	us := (uint64(d) + uint64(time.Microsecond) - 1) / uint64(time.Microsecond)
	if us < 4 {
		return int(us)
	}
	exp := bits.Len64(us) - 1 // at least 2
	return min(4*(exp-1)+int(us>>(exp-2))&3, buckets-1)
}

// upper returns the longest time in bucket i.
func upper(i int) time.Duration {
	if i < 4 {
		return time.Duration(i) * time.Microsecond
	}
	exp := i/4 + 1
	us := uint64(4+i%4+1)<<(exp-2) - 1
	return time.Duration(us) * time.Microsecond
}
