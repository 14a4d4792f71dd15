package main

import (
	"iter"
	"time"
)

// A busy machine reads late, and a model that looks at differences from sample to sample must not take lateness for
// rattling. So samples are put back on their grid before they are judged, and what had to be made up is marked.
const (
	madeUp    = 25 * time.Millisecond // a sample between two that are farther apart is made up
	broken    = time.Second           // nothing is made up between two that are farther apart
	maxMadeUp = windowLen * 3 / 10    // a window with more of them is not judged
)

// timed is a sample and when it was taken.
type timed struct {
	sample
	at   time.Time
	made bool // up, between distant neighbours
}

// regular yields the samples at every samplePeriod, interpolated between those that there are.
func regular(in iter.Seq[timed]) iter.Seq[timed] {
	return func(yield func(timed) bool) {
		var last timed
		var next time.Time
		for s := range in {
			gap := s.at.Sub(last.at)
			if next.IsZero() || gap > broken || gap < 0 {
				// What lies before the break must leave the window before anything is judged again.
				for i := windowLen; i > 0 && !next.IsZero(); i-- {
					if !yield(timed{sample: s.sample, at: s.at, made: true}) {
						return
					}
				}
				next, last = s.at, s
			}
			for ; !next.After(s.at); next = next.Add(samplePeriod) {
				v := between(&last, &s, next)
				v.made = gap > madeUp && next.Before(s.at)
				if !yield(v) {
					return
				}
			}
			last = s
		}
	}
}

// between interpolates at t, which lies in the span from a to b.
func between(a, b *timed, t time.Time) timed {
	span := b.at.Sub(a.at)
	if span <= 0 {
		return timed{sample: b.sample, at: t}
	}
	f := float64(t.Sub(a.at)) / float64(span)
	mix := func(x, y float64) float64 { return x + f*(y-x) }
	out := timed{at: t}
	for i := range out.Accel {
		out.Accel[i] = mix(a.Accel[i], b.Accel[i])
	}
	out.Warmer, out.Damper, out.Suck = mix(a.Warmer, b.Warmer), mix(a.Damper, b.Damper), mix(a.Suck, b.Suck)
	return out
}

// judgeable tells whether a window is measured enough to be judged.
func judgeable(w []timed) bool {
	n := 0
	for i := range w {
		if w[i].made {
			n++
		}
	}
	return n <= maxMadeUp
}
