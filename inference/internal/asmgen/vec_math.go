package main

import "math"

// The polynomials and the rational functions are minimax approximations by Remez's exchange algorithm, of the functions
// and over the ranges that are named with each; the bounds of their relative errors are given as powers of 2.

// expTerms holds s of e^r = 1 + r + r^2*s(r), for |r| <= ln(2)/2: 2^-26 of e^r - 1.
var expTerms = []float64{0.5000000059, 0.1666654632, 0.04166629017, 0.00836625427, 0.001394598567}

const (
	ln2High = 0.693147182464599609375 // ln(2) as a float32
	ln2Low  = -1.904654299957767878e-9
	toInt   = 3 << 22 // adding it rounds to an integer, which is then in the lowest bits
	one     = bits(0x3f800000)
	sign    = bits(0x80000000)
	inf     = bits(0x7f800000)
	nan     = bits(0x7fc00000)
)

// reduced returns n, the integer next to x/ln(2), as a number and in the lowest bits of z, and r = x - n*ln(2), in the
// way of Cody and Waite.
func (v *vectors) reduced(x group) (n, z, r group) {
	z = v.fma(x, math.Log2E, float64(toInt))
	n = v.sub(z, float64(toInt))
	r = v.fnma(n, ln2High, x)
	return n, z, v.fnma(n, ln2Low, r)
}

// power returns 2^n, for z as reduced returns it and n of a normal number.
func (v *vectors) power(z group) group { return v.addInt(v.left(z, 23), one) }

// scale returns x * 2^n, which may be subnormal or infinite.
func (v *vectors) scale(x, n, z group) group {
	if v.wide {
		return v.op(v.VSCALEFPS, nil, x, n)
	}
	i := v.subInt(z, bits(math.Float32bits(toInt)))
	half := v.right(i, 1)
	x = v.mul(x, v.power(half))
	return v.mul(x, v.power(v.subInt(i, half)))
}

// exp returns e^x.
func (v *vectors) exp(x group) group {
	n, z, r := v.reduced(v.max(-104.0, v.min(89.0, x)))
	return v.scale(v.expOf(r), n, z)
}

// decay returns e^x for x of at most 0. For AVX2, what were subnormal is 0.
func (v *vectors) decay(x group) group { return v.decayWith(x, nil) }

// decayWith returns e^(x + low) for x of at most 0 and low, which may be nil, of at most an ulp of it.
func (v *vectors) decayWith(x, low group) group {
	least := -104.0
	if !v.wide {
		least = -87.0
	}
	n, z, r := v.reduced(v.max(least, x))
	if low != nil {
		r = v.add(r, low)
	}
	if v.wide {
		return v.scale(v.expOf(r), n, z)
	}
	y := v.mul(v.expOf(r), v.power(z))
	out := v.group()
	for i, none := range v.compare(x, least, isLess) {
		v.VANDNPS(y[i], none.(vector), out[i])
	}
	return out
}

// expOf returns e^r for a reduced r.
func (v *vectors) expOf(r group) group { return v.poly(r, append([]float64{1, 1}, expTerms...)...) }

// expm1 returns e^x - 1, also where that is close to 0, for x from -80 to 80.
func (v *vectors) expm1(x group) group {
	_, z, r := v.reduced(x)
	p := v.fma(v.poly(r, expTerms...), v.mul(r, r), r)
	s := v.power(z)
	return v.fma(p, s, v.sub(s, 1.0))
}

func (v *vectors) abs(x group) group         { return v.and(x, bits(0x7fffffff)) }
func (v *vectors) minusAbs(x group) group    { return v.or(x, sign) }
func (v *vectors) signOf(x group) group      { return v.and(x, sign) }
func (v *vectors) clip(x, lo, hi any) group  { return v.min(hi, v.max(lo, x)) }
func (v *vectors) withSign(x, s group) group { return v.or(x, v.signOf(s)) }

// tanh is -t / (2 + t) for t = e^(-2|x|) - 1, which loses nothing close to 0.
func (v *vectors) tanh(x group) group {
	a := v.max(-20.0, v.minusAbs(x))
	t := v.expm1(v.add(a, a))
	return v.withSign(v.div(v.xor(t, sign), v.add(t, 2.0)), x)
}

// sigmoid is 1 / (1 + e^-|x|), or e^-|x| times that for negative x.
func (v *vectors) sigmoid(x group) group {
	e := v.decay(v.minusAbs(x))
	return v.div(v.choose(v.negative(x), e, one), v.add(e, 1.0))
}

func (v *vectors) swish(x group, alpha any) group { return v.mul(x, v.sigmoid(v.mul(x, alpha))) }

// erf is, for x >= 0, (1 - e^(-x^2)) + e^(-x^2) * (1 - erfcx(x)), where erfcx(x) = e^(x^2) * erfc(x): a sum of two
// positive terms. Beyond 3.925 it is 1. The polynomial is of (1 - erfcx(x)) / x: 2^-25 of erf(x).
func (v *vectors) erf(x group) group {
	a := v.min(3.925, v.abs(x))
	m := v.expm1(v.mul(v.xor(a, sign), a))
	p := v.poly(a, 1.12837914, -0.9999965113, 0.752177882, -0.4993712289, 0.2981704702, -0.1596177015, 0.07422187244,
		-0.02828169631, 0.00818897521, -0.001643834372, 0.0002000215624, -1.097952027e-5)
	q := v.mul(v.add(m, 1.0), a)
	return v.withSign(v.fma(q, p, v.xor(m, sign)), x)
}

// gelu is max(x, 0) - |x| * Phi(-|x|), where Phi(-a) = e^(-a^2/2) * R(a) is the chance that a standard normal variable
// is at most -a. R is approximated from 0 to 14.5, beyond which Phi is 0: 2^-26.
func (v *vectors) gelu(x group) group {
	a := v.min(14.5, v.abs(x))
	half := v.mul(a, -0.5)
	h := v.mul(half, a)
	low := v.fused(half, a, v.xor(h, sign), v.VFMADD213PS, nil, nil, nil)
	p := v.poly(a, 0.4999999999, 0.4325229375, 0.1788011738, 0.03909400972, 0.003875766675)
	q := v.poly(a, 1.0, 1.662930495, 1.184427495, 0.4577297974, 0.09800181474, 0.009714960561)
	r := v.div(v.mul(p, a), q)
	return v.fnma(r, v.decayWith(h, low), v.max(0.0, x))
}

// geluTanh is x/2 * (1 + tanh(u)) = x / (1 + e^(-2u)) for u = sqrt(2/pi) * (x + 0.044715 x^3).
func (v *vectors) geluTanh(x group) group {
	const scale = 2 * 0.79788456080286535588
	z := v.mul(x, x)
	u := v.mul(x, v.fma(z, scale*0.044715, scale))
	return v.mul(x, v.sigmoid(u))
}

// softplus is max(x, 0) + ln(1 + e^-|x|). The polynomial is of ln(1 + e) / e from 0 to 1: 2^-27.
func (v *vectors) softplus(x group) group {
	e := v.decay(v.minusAbs(x))
	p := v.poly(e, 0.9999999953, -0.4999990243, 0.3332996254, -0.2495413474, 0.1967594423, -0.1530560572, 0.1060367563,
		-0.05695972739, 0.01985156005, -0.003244045864)
	return v.fma(p, e, v.max(0.0, x))
}

// elu is x where it is not negative, and alpha * (e^x - 1) elsewhere, all times gamma.
func (v *vectors) elu(x group, alpha, gamma any) group {
	e := v.mul(v.expm1(v.max(-30.0, v.min(0.0, x))), alpha)
	return v.mul(v.choose(v.negative(x), e, x), gamma)
}

// log is e*ln(2) + ln(1 + f), where x = 2^e * (1 + f) and 1 + f lies between the roots of 1/2 and of 2. The polynomial
// p is of ln(1 + f) = f - f^2/2 + f^3*p(f): 2^-27.
func (v *vectors) log(x group) group {
	const root = bits(0x3f3504f3) // of 1/2
	tiny := v.compare(x, bits(0x00800000), isLess)
	m := v.choose(tiny, v.mul(x, float64(1<<23)), x)
	i := v.right(v.subInt(m, root), 23)
	f := v.sub(v.subInt(m, v.left(i, 23)), 1.0)
	e := v.add(v.float(i), v.choose(tiny, -23.0, 0.0))
	z := v.mul(f, f)
	p := v.poly(f, 0.333333317, -0.2500082108, 0.2000122724, -0.1662335651, 0.1420175519, -0.1316018824, 0.1276158151, -0.07634477166)
	y := v.mul(v.mul(p, f), z)
	y = v.fma(e, ln2Low, y)
	y = v.fma(z, -0.5, y)
	y = v.fma(e, ln2High, v.add(y, f))
	y = v.choose(v.compare(x, inf, isEqual), x, y)
	y = v.choose(v.compare(x, bits(0), isEqual), inf|sign, y)
	y = v.choose(v.compare(x, bits(0), isLess), nan, y)
	return v.choose(v.compare(x, x, isNaN), x, y)
}

// tooFar is from where on sin and cos leave their arguments as they are.
const tooFar = float64(1 << 17)

// sine returns the sine of x + shift*pi, where shift is 0 or 1/2, and where it is too far from 0 to tell. Sin(r) is
// r + r^3*s(r^2) for |r| <= pi/2: 2^-27.
func (v *vectors) sine(x group, shift float64) (y group, far choice) {
	var z, n group
	if shift == 0 {
		z = v.fma(x, 1/math.Pi, float64(toInt))
		n = v.sub(z, float64(toInt))
	} else {
		z = v.add(v.fma(x, 1/math.Pi, shift), float64(toInt))
		n = v.sub(v.sub(z, float64(toInt)), shift)
	}
	r := v.fnma(n, 3.1415927410125732421875, x) // pi in three parts, each a float32
	r = v.fnma(n, -8.7422776573475857731e-8, r)
	r = v.fnma(n, -3.4302490200117999e-15, r)
	s := v.mul(r, r)
	p := v.poly(s, -0.1666665955, 0.008333066162, -0.0001980959617, 2.60576478e-6)
	y = v.fma(v.mul(p, s), r, r)
	y = v.xor(y, v.left(z, 31))
	far = v.compare(v.abs(x), tooFar, isMore)
	return v.choose(far, x, y), far
}
