package sensor

import (
	"math/bits"
	"time"
)

// SamplerStats is what a [Sampler] has done since it was made, over all its loops.
type SamplerStats struct {
	Count  uint64 // reads, failed ones included
	Missed uint64 // deadlines at which no read was made
	Errors uint64 // failed reads

	// Lateness is how long after its deadline a read began. Of the quantiles the upper end of a histogram's bucket is
	// given: they are exact to 25 % or 1 µs, and never above the maximum.
	LatenessP50, LatenessP99, LatenessMax time.Duration

	// Drift is how much longer the loop has taken than its schedule, from its first read to its last. A sampler that
	// keeps up stays within its jitter over any time.
	Drift time.Duration
}

// Stats returns a snapshot.
func (s *Sampler[T]) Stats() SamplerStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.LatenessP50 = min(s.quantile(50), st.LatenessMax)
	st.LatenessP99 = min(s.quantile(99), st.LatenessMax)
	return st
}

// Buckets hold lateness in µs: 0 to 3 one by one, and from there four to a power of two, up to 2^38 µs (three days).
const buckets = 4 * 38

// tally collects the statistics of a sampler in a fixed space.
type tally struct {
	stats SamplerStats
	hist  [buckets]uint64
	first time.Duration // lateness of the loop's first read
	begun bool
}

// begin starts the measurement of drift anew.
func (t *tally) begin() { t.begun = false }

func (t *tally) record(late time.Duration, missed int64, err error) {
	if !t.begun {
		t.begun, t.first = true, late
	}
	st := &t.stats
	st.Count++
	st.Missed += uint64(missed)
	if err != nil {
		st.Errors++
	}
	st.LatenessMax = max(st.LatenessMax, late)
	st.Drift = late - t.first
	t.hist[bucket(late)]++
}

// quantile returns the upper bound of the bucket below which percent of all reads lie.
func (t *tally) quantile(percent uint64) time.Duration {
	rank := (t.stats.Count*percent + 99) / 100
	var sum uint64
	for i, n := range t.hist {
		if sum += n; n > 0 && sum >= rank {
			return upper(i)
		}
	}
	return 0
}

// bucket returns the index for a lateness, which is not negative. Times are rounded up to whole µs.
func bucket(late time.Duration) int {
	us := uint64((late + time.Microsecond - 1) / time.Microsecond)
	if us < 4 {
		return int(us)
	}
	exp := bits.Len64(us) - 1 // at least 2
	return min(4*(exp-1)+int(us>>(exp-2))&3, buckets-1)
}

// upper returns the largest lateness in bucket i.
func upper(i int) time.Duration {
	if i < 4 {
		return time.Duration(i) * time.Microsecond
	}
	exp := i/4 + 1
	us := uint64(4+i%4+1)<<(exp-2) - 1
	return time.Duration(us) * time.Microsecond
}
