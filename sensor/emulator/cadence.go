package emulator

import "time"

// cadence gives the instants at which a part converts: one period after it was
// started, and every period after that.
type cadence struct {
	period time.Duration // 0: stopped
	start  time.Time
	done   int64 // conversions since start
	base   int64 // conversions before start
}

// set starts converting with the given period, or stops with 0. Setting the
// period that already runs changes nothing.
func (c *cadence) set(now time.Time, period time.Duration) {
	if period == c.period {
		return
	}
	*c = cadence{period: period, start: now, base: c.base + c.done}
}

// due returns the conversions that are due and not done yet, as first to last,
// and counts them as done. Of many it returns the newest keep only: what came
// before them left no trace in the registers.
func (c *cadence) due(now time.Time, keep int64) (first, last int64) {
	if c.period <= 0 {
		return 1, 0
	}
	last = int64(now.Sub(c.start) / c.period)
	if last <= c.done {
		return 1, 0
	}
	first = max(c.done+1, last-keep+1)
	c.done = last
	return first, last
}

// at is the instant of conversion n.
func (c *cadence) at(n int64) time.Time {
	return c.start.Add(time.Duration(n) * c.period)
}

// serial numbers conversion n over all that the part ever made.
func (c *cadence) serial(n int64) int64 {
	return c.base + n
}

// hertz is the period of a rate, to the nanosecond.
func hertz(f float64) time.Duration {
	return time.Duration(float64(time.Second) / f)
}
