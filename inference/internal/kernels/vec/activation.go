package vec

import "github.com/brinkml/brink/inference/internal/cpu"

// Function is a function of one number x and up to two parameters.
type Function uint8

// The functions. The zero Function changes nothing.
const (
	OfIdentity    Function = iota
	OfRelu                 // max(x, 0)
	OfClip                 // min(max(x, A), B)
	OfLeakyRelu            // x, or A*x where x is negative
	OfHardSigmoid          // A*x + B, kept between 0 and 1
	OfHardSwish            // x times x/6 + 1/2, the latter kept between 0 and 1
	OfAffine               // A*x + B
	OfAbs
	OfNeg
	OfFloor
	OfCeil
	OfRound // to the nearest integer, the even one of two
	OfSqrt
	OfReciprocal
	OfSoftsign // x / (1 + |x|)
	OfExp
	OfLog
	OfTanh
	OfSigmoid
	OfSwish // x * sigmoid(A*x)
	OfErf
	OfGelu     // x times the chance that a standard normal variable is at most x
	OfGeluTanh // the approximation of that by tanh
	OfSoftplus // ln(1 + e^x)
	OfElu      // x, or A*(e^x - 1) where x is negative, all times B
	OfSin
	OfCos
)

// Activation is a function with its parameters. The zero Activation changes nothing.
type Activation struct {
	Func Function
	A, B float32
}

// callRun is how many elements one call of assembly computes, so that it lasts no longer than some 50 us.
const callRun = 1 << 16

// Apply replaces each element of v.
func (a Activation) Apply(l cpu.Level, v []float32) {
	if a.Func != OfIdentity {
		a.Map(l, v, v)
	}
}

// Map computes the function of each element of src, of which there are as many as of dst. Dst may be src.
func (a Activation) Map(l cpu.Level, dst, src []float32) {
	src = src[:len(dst)]
	if !Has(l) {
		a.portable(dst, src)
		return
	}
	for len(dst) > callRun {
		a.run(l, dst[:callRun], src[:callRun])
		dst, src = dst[callRun:], src[callRun:]
	}
	if len(dst) > 0 {
		a.run(l, dst, src)
	}
}

// Clamp reports whether the function only keeps x between two bounds, and which.
func (a Activation) Clamp() (lo, hi float32, ok bool) {
	switch a.Func {
	case OfRelu:
		return 0, inf, true
	case OfClip:
		return a.A, a.B, true
	}
	return 0, 0, false
}

// Exp computes e to the power of each element.
func Exp(l cpu.Level, dst, src []float32) { Activation{Func: OfExp}.Map(l, dst, src) }

// Tanh computes the hyperbolic tangent of each element.
func Tanh(l cpu.Level, dst, src []float32) { Activation{Func: OfTanh}.Map(l, dst, src) }

// Sigmoid computes 1 / (1 + e^-x) of each element.
func Sigmoid(l cpu.Level, dst, src []float32) { Activation{Func: OfSigmoid}.Map(l, dst, src) }

// Relu computes max(x, 0) of each element.
func Relu(l cpu.Level, dst, src []float32) { Activation{Func: OfRelu}.Map(l, dst, src) }
