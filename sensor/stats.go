package sensor

import (
	"math"
	"time"
)

// SamplerStats is what a [Sampler] has done since it was made, over all its loops.
type SamplerStats struct {
	Count  uint64 // reads, failed ones included
	Missed uint64 // deadlines at which no read was made
	Errors uint64 // failed reads

	// Lateness is how long after its deadline each read began.
	Lateness Histogram
	// Of the quantiles the upper end of a bucket of Lateness is given: they are exact to 25 % or 1 µs, and never above
	// the maximum, which is exact.
	LatenessP50, LatenessP99, LatenessMax time.Duration

	// Jitter is the standard deviation of the time between two reads of a loop, one after the other, from the time
	// between their deadlines. That is a period, or several where deadlines were missed.
	Jitter time.Duration

	// Drift is how much longer the loop has taken than its schedule, from its first read to its last. A sampler that
	// keeps up stays within its jitter over any time.
	Drift time.Duration
}

// Stats returns a snapshot.
func (s *Sampler[T]) Stats() SamplerStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.LatenessP50 = min(st.Lateness.Quantile(0.50), st.LatenessMax)
	st.LatenessP99 = min(st.Lateness.Quantile(0.99), st.LatenessMax)
	if s.intervals > 0 {
		st.Jitter = time.Duration(math.Sqrt(s.squares / float64(s.intervals)))
	}
	return st
}

// tally collects the statistics of a sampler in a fixed space.
type tally struct {
	stats       SamplerStats
	first, last time.Duration // lateness of the loop's first read and of its last
	begun       bool

	// Intervals between reads and the sum of the squares, in ns², of what they differ from the schedule.
	intervals uint64
	squares   float64
}

// begin starts a loop: the pause before it is no interval and no drift.
func (t *tally) begin() { t.begun = false }

func (t *tally) record(late time.Duration, missed int64, err error) {
	if t.begun {
		d := float64(late - t.last)
		t.intervals++
		t.squares += d * d
	} else {
		t.begun, t.first = true, late
	}
	t.last = late
	st := &t.stats
	st.Count++
	st.Missed += uint64(missed)
	if err != nil {
		st.Errors++
	}
	st.LatenessMax = max(st.LatenessMax, late)
	st.Drift = late - t.first
	st.Lateness.Add(late)
}
