package lsm9ds1

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// oscillator is a chip that converts at a rate of its own, which wanders.
type oscillator struct {
	nominal time.Duration
	rate    func(t float64) float64 // relative to the nominal, by seconds
	next    float64                 // ns: when the next sample is converted
	times   []float64               // of all samples
}

// until converts up to a time and returns how many samples there were.
func (o *oscillator) until(t float64) (n int) {
	for o.next <= t {
		o.times = append(o.times, o.next)
		o.next += float64(o.nominal) / o.rate(o.next/1e9)
		n++
	}
	return n
}

// The times of samples, of chips that are some percent off and whose rate wanders with the temperature, whatever the rhythm
// of the reads: within half a period where they keep step with the samples, and much closer where they do not. Nothing adds
// up over a million samples, which are 2 h 20 min.
func TestClock(t *testing.T) {
	const period = time.Second / 119
	constant := func(v float64) func(float64) float64 { return func(float64) float64 { return v } }
	for _, tt := range []struct {
		name  string
		rate  func(float64) float64
		every func(*rand.Rand) time.Duration // from read to read
		late  time.Duration                  // at most, from the count to the program's look at its clock
		limit float64                        // in periods
	}{
		{"nominal, in step", constant(1), func(*rand.Rand) time.Duration { return 16 * period }, 0, 0.51},
		{"nominal, at random", constant(1), func(r *rand.Rand) time.Duration { return time.Duration(r.Int64N(int64(28 * period))) }, 0, 0.16},
		{"7 % fast", constant(1.07), func(*rand.Rand) time.Duration { return 100 * time.Millisecond }, 0, 0.1},
		{"9 % slow", constant(0.91), func(r *rand.Rand) time.Duration { return time.Duration(r.Int64N(int64(28 * period))) }, time.Millisecond, 0.25},
		{"late by up to half a period", constant(1.013), func(*rand.Rand) time.Duration { return 110 * time.Millisecond }, period / 2, 0.35},
		{
			"0.4 % to and fro in 20 minutes", func(s float64) float64 { return 1 + 0.004*math.Sin(s/190) },
			func(*rand.Rand) time.Duration { return 100 * time.Millisecond }, 0, 0.51,
		},
		{"20 % off, out of every specification", constant(1.2), func(*rand.Rand) time.Duration { return 100 * time.Millisecond }, 0, 0.1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(9, 1))
			start := time.Now()
			o := &oscillator{nominal: period, rate: tt.rate, next: float64(period)}
			c := newClock(start, period)
			total := 1_000_000
			if testing.Short() {
				total /= 10
			}
			now, seen, gaps, worst := 0.0, 0, 0, 0.0
			for seen < total {
				now += float64(tt.every(rng))
				n := o.until(now)
				late := 0.0
				if tt.late > 0 {
					late = float64(rng.Int64N(int64(tt.late)))
				}
				before := start.Add(time.Duration(now - float64(rng.Int64N(1+int64(tt.late)))))
				if c.count(before, start.Add(time.Duration(now+late)), n, false) == broken && seen > 3000 {
					gaps++
				}
				c.settle()
				for i := range n {
					at := c.stamp(n - 1 - i)
					if off := math.Abs(float64(at.Sub(start))-o.times[seen+i]) / float64(period); seen > 3000 {
						worst = max(worst, off)
					}
				}
				seen += n
				now += late
			}
			t.Logf("off by %.3f periods at most; %d gaps", worst, gaps)
			if worst > tt.limit || gaps > 0 {
				t.Errorf("off by %.3f periods at most, %d gaps; want %.2f and none", worst, gaps, tt.limit)
			}
		})
	}
}

// A sample that was lost is noticed without being told.
func TestClockNoticesLoss(t *testing.T) {
	const period = time.Second / 119
	start := time.Now()
	o := &oscillator{nominal: period, rate: func(float64) float64 { return 1.03 }, next: float64(period)}
	c := newClock(start, period)
	now := 0.0
	for i := range 2000 {
		now += 1e8
		n := o.until(now)
		lost := i == 1500 || i == 1700
		if lost {
			n-- // the FIFO's count was wrong, or somebody else has read it
		}
		at := start.Add(time.Duration(now))
		if got := c.count(at, at, n, false); i > 100 && i <= 1500 && (got != agrees) != lost {
			t.Errorf("read %d: count = %v; want another %v", i, got, lost)
		}
	}
}

// Whatever a broken chip counts, and however late the program is, times increase and none lies in the future.
func FuzzClock(f *testing.F) {
	f.Add([]byte{12, 100, 12, 100, 13, 100})
	f.Add([]byte{32, 0, 32, 0, 32, 1, 0, 255, 1, 1, 63, 2})
	f.Fuzz(func(t *testing.T, reads []byte) {
		const period = time.Second / 119
		start := time.Now()
		now, last := start, start
		c := newClock(start, period)
		for ; len(reads) >= 2; reads = reads[2:] {
			n, gap := int(reads[0]&0x3F), reads[0]&0x80 != 0
			before := now.Add(time.Duration(reads[1]) * time.Millisecond)
			now = before.Add(time.Duration(reads[0]) * time.Microsecond)
			c.count(before, now, n, gap)
			c.settle()
			for i := range n {
				at := c.stamp(n - 1 - i)
				if !at.After(last) || at.After(now.Add(time.Microsecond)) {
					t.Fatalf("a sample is of %v, after one of %v, at %v", at.Sub(start), last.Sub(start), now.Sub(start))
				}
				last = at
			}
			if !(c.period >= float64(period)/2 && c.period <= 2*float64(period)) || !(c.slack >= 0 && c.slack <= mostSlack) {
				t.Fatalf("the period is %v to %v", c.period, c.slack)
			}
		}
	})
}
