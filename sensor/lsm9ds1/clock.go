package lsm9ds1

import "time"

// clock tells when the samples of a FIFO were converted. All that is known of them is their number and when they were
// counted: the newest sample in the FIFO was there at the end of that read, and the one after it was not at its begin.
// Each count so bounds the time of one sample from both sides, and with it, since samples are one period apart, those of
// all others. The clock keeps what all counts allow: bounds of the newest sample's time, and of the period, whose rate
// differs from the nominal by some percent and drifts with the chip's temperature. Nothing adds up over time: an estimate
// is always within a period of the truth, whatever the number of samples, and closer the more the reads move against the
// samples.
//
// Times are in ns since the start.
type clock struct {
	_          [0]func() // not comparable: programs would link the comparison
	start      time.Time
	nominal    float64 // period
	period     float64
	slack      float64 // relative bound of the period's error
	n          int64   // number of the newest sample counted
	lo, hi     float64 // bounds of its time
	n0         int64   // of a sample long before, the begin of the baseline
	lo0, hi0   float64
	running    bool
	last       time.Time // time given to a sample last
	newest, at float64   // estimates of the newest sample's time and of the period, for the samples now handed out
}

const (
	startSlack = 0.1        // what is assumed of the rate's error at first
	mostSlack  = 0.5        // what is still believed
	drift      = 2e-5 / 1e9 // what the rate may move by in a ns: 0.002 % a second, for a chip that warms up
)

func newClock(start time.Time, nominal time.Duration) clock {
	return clock{start: start, nominal: float64(nominal), period: float64(nominal), slack: startSlack, last: start}
}

// verdict says how a count agrees with the time that has passed.
type verdict uint8

const (
	agrees verdict = iota
	moved          // not, by up to half a period, as when the rate has changed
	broken         // samples were lost, or counted twice
)

// count takes note that the FIFO was counted between two instants, and held n samples more than were known; gap says that
// there were others in between, of unknown number.
func (c *clock) count(before, after time.Time, n int, gap bool) verdict {
	begin, end := float64(before.Sub(c.start)), float64(after.Sub(c.start))
	lo, hi := begin-c.period*(1+c.slack), end
	c.n += int64(n)
	if gap || !c.running {
		if c.running {
			c.slack = min(c.slack+drift*(hi-c.hi), mostSlack)
		}
		c.running = c.running || n > 0
		c.anchor(lo, hi)
		return agrees
	}
	passed := float64(n) * c.period
	c.slack += drift * passed
	c.lo += passed * (1 - c.slack)
	c.hi += passed * (1 + c.slack)
	if apart := max(lo-c.hi, c.lo-hi); apart > 0 {
		c.anchor(lo, hi)
		c.slack = min(2*c.slack, mostSlack)
		if apart > c.period/2 {
			return broken
		}
		return moved
	}
	c.lo, c.hi = max(c.lo, lo), min(c.hi, hi)
	c.measure()
	return agrees
}

// anchor begins a new baseline at the newest sample.
func (c *clock) anchor(lo, hi float64) {
	c.lo, c.hi = lo, hi
	c.n0, c.lo0, c.hi0 = c.n, lo, hi
}

// measure narrows the bounds of the period by what its baseline allows: the mean of the period over it, and what the rate
// may have moved by meanwhile. A baseline over which it may have moved by more than the mean is exact is long enough.
func (c *clock) measure() {
	periods := float64(c.n - c.n0)
	if periods < 1 {
		return
	}
	shortest, longest := (c.lo-c.hi0)/periods, (c.hi-c.lo0)/periods
	moved := drift * (c.hi - c.lo0)
	least := max(shortest*(1-moved), c.period*(1-c.slack))
	most := min(longest*(1+moved), c.period*(1+c.slack))
	if least > most { // it has moved by more
		least, most = shortest*(1-moved), longest*(1+moved)
	}
	c.period = min(max((least+most)/2, c.nominal/2), c.nominal*2)
	c.slack = min((most-least)/2/c.period, mostSlack)
	if (longest-shortest)/2 < moved*c.period {
		c.anchor(c.lo, c.hi)
	}
}

// settle fixes the times of the samples up to the newest, for stamp.
func (c *clock) settle() { c.newest, c.at = (c.lo+c.hi)/2, c.period }

// stamp returns the time of the sample that is the given number before the newest: later than that of the sample before it,
// whatever the estimates were.
func (c *clock) stamp(before int) time.Time {
	t := c.start.Add(time.Duration(c.newest - float64(before)*c.at))
	if !t.After(c.last) {
		t = c.last.Add(1)
	}
	c.last = t
	return t
}
