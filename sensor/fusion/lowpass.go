package fusion

import "math"

// lowPass is a second-order Butterworth low-pass of three channels that starts with the mean of what it gets during its
// first time constant (Laidig and Seel, inclination correction).
//
// It has the transfer function of the bilinear transform, in the form with two integrators, whose states do not depend on
// the sampling period (Zavalishin, The Art of VA Filter Design, chapter 4): the period may be another for each sample.
type lowPass struct {
	mean   bool // still averaging
	n      float64
	warm   float64 // s averaged
	s1, s2 vector  // sums, then integrators
}

func newLowPass() lowPass { return lowPass{mean: true} }

// cutoff is a low-pass's time constant for one sampling period.
type cutoff struct {
	tau, dt   float64
	g, a1, a2 float64
}

func newCutoff(tau, dt float64) cutoff {
	// The corner is at √2/(2π·tau), prewarped. Near half the sampling rate, which it may exceed, everything passes.
	g := math.Tan(min(dt/(math.Sqrt2*tau), 1.5))
	a1 := 1 / (1 + g*(g+math.Sqrt2))
	return cutoff{tau: tau, dt: dt, g: g, a1: a1, a2: g * a1}
}

func (f *lowPass) step(c *cutoff, x vector) vector {
	if f.mean {
		return f.average(c, x)
	}
	v := add(scale(c.a1, f.s1), scale(c.a2, sub(x, f.s2)))
	y := add(f.s2, scale(c.g, v))
	f.s1 = sub(add(v, v), f.s1)
	f.s2 = sub(add(y, y), f.s2)
	return y
}

func (f *lowPass) average(c *cutoff, x vector) vector {
	f.n++
	f.warm += c.dt
	f.s1 = add(f.s1, x)
	y := scale(1/f.n, f.s1)
	if f.warm >= c.tau*(1-1e-9) { // the sum of periods may be rounded
		*f = lowPass{s2: y}
	}
	return y
}

// gain is the factor of an exponential mean with the time constant tau for a step of dt.
func gain(tau, dt float64) float64 { return -math.Expm1(-dt / tau) }
