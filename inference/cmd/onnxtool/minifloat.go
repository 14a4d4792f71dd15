package main

import "math"

// minifloat is a float of up to 16 bits: a sign, then exponent, then mantissa bits.
type minifloat struct {
	exponent, mantissa uint
	bias               int
	special            special
}

// special says which bit patterns are not numbers.
type special int

const (
	ieee    special = iota // all exponent bits set: infinity, or NaN with mantissa bits
	allOnes                // all bits but the sign set: NaN; no infinity
	negZero                // the sign bit alone: NaN; no infinity, no negative zero
	none                   // every pattern is a number
)

// The formats, as ONNX's documents "Float stored in 8 bits" and "Float stored in 4 bits" describe them.
var (
	binary16 = minifloat{5, 10, 15, ieee}
	bfloat16 = minifloat{8, 7, 127, ieee}
	e4m3fn   = minifloat{4, 3, 7, allOnes}
	e4m3fnuz = minifloat{4, 3, 8, negZero}
	e5m2     = minifloat{5, 2, 15, ieee}
	e5m2fnuz = minifloat{5, 2, 16, negZero}
	e2m1     = minifloat{2, 1, 1, none}
)

// value gives the number that bits stand for, as the real part.
func (f minifloat) value(bits uint32) complex128 {
	width := f.exponent + f.mantissa
	magnitude := bits & (1<<width - 1)
	negative := bits>>width&1 == 1
	e := int(magnitude >> f.mantissa)
	m := float64(magnitude & (1<<f.mantissa - 1))
	top := 1<<f.exponent - 1
	var v float64
	switch {
	case f.special == ieee && e == top && m == 0:
		v = math.Inf(1)
	case f.special == ieee && e == top,
		f.special == allOnes && magnitude == 1<<width-1,
		f.special == negZero && negative && magnitude == 0:
		return complex(math.NaN(), 0)
	case e == 0:
		v = math.Ldexp(m, 1-f.bias-int(f.mantissa))
	default:
		v = math.Ldexp(m+float64(uint32(1)<<f.mantissa), e-f.bias-int(f.mantissa))
	}
	if negative {
		v = -v
	}
	return complex(v, 0)
}

// e8m0 gives the power of two that an exponent stands for; 255 is NaN.
func e8m0(bits uint32) complex128 {
	if bits == 255 {
		return complex(math.NaN(), 0)
	}
	return complex(math.Ldexp(1, int(bits)-127), 0)
}
