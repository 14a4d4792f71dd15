package kernels

import "math"

// The single-precision functions below reduce their argument and evaluate a polynomial, with errors of at most 2 units
// in the last place. The polynomials are those of S. Moshier's Cephes library, files expf.c and tanhf.c.

const (
	log2e   = 1.44269504088896341
	ln2High = 0.693359375
	ln2Low  = -2.12194440e-4

	// Adding toInt to a float32 of less than 2^22 rounds it to an integer, which is then in its lowest bits.
	toInt = 3 << 22
)

// exp32 computes e to the power x.
func exp32(x float32) float32 {
	if !(x > -87 && x < 88) {
		return exp32Edge(x)
	}
	z := x*log2e + toInt
	n := z - toInt
	r := x - n*ln2High - n*ln2Low
	r2 := r * r
	low := 5.0000001201e-1 + 1.6666665459e-1*r
	mid := 4.1665795894e-2 + 8.3334519073e-3*r
	high := 1.3981999507e-3 + 1.9875691500e-4*r
	p := (low+mid*r2+high*r2*r2)*r2 + r + 1
	return p * math.Float32frombits(math.Float32bits(z)<<23+127<<23)
}

// exp32Edge is exp32 where the result, or its scale, is subnormal or overflows.
func exp32Edge(x float32) float32 { return float32(math.Exp(float64(x))) }

// tanh32 computes the hyperbolic tangent.
func tanh32(x float32) float32 {
	a := x
	if a < 0 {
		a = -a
	}
	switch {
	case a < 0.625:
		z := x * x
		return ((((-5.70498872745e-3*z+2.06390887954e-2)*z-5.37397155531e-2)*z+1.33314422036e-1)*z-3.33332819422e-1)*z*x + x
	case a > 9:
		a = 1
	case a != a:
		return x
	default:
		a = 1 - 2/(exp32(a+a)+1)
	}
	if x < 0 {
		return -a
	}
	return a
}

// sigmoid32 computes 1 / (1 + e^-x).
func sigmoid32(x float32) float32 {
	if x < 0 {
		e := exp32(x)
		return e / (1 + e)
	}
	return 1 / (1 + exp32(-x))
}

// Exp32 computes e to the power of each element.
func Exp32(dst, src []float32) {
	for i, v := range src {
		dst[i] = exp32(v)
	}
}

// Exp64 computes e to the power of each element.
func Exp64(dst, src []float64) {
	for i, v := range src {
		dst[i] = math.Exp(v)
	}
}

// Tanh32 computes the hyperbolic tangent of each element.
func Tanh32(dst, src []float32) {
	for i, v := range src {
		dst[i] = tanh32(v)
	}
}

// Tanh64 computes the hyperbolic tangent of each element.
func Tanh64(dst, src []float64) {
	for i, v := range src {
		dst[i] = math.Tanh(v)
	}
}

// Sigmoid32 computes 1 / (1 + e^-x) of each element.
func Sigmoid32(dst, src []float32) {
	for i, v := range src {
		dst[i] = sigmoid32(v)
	}
}

// Sigmoid64 computes 1 / (1 + e^-x) of each element.
func Sigmoid64(dst, src []float64) {
	for i, v := range src {
		dst[i] = 1 / (1 + math.Exp(-v))
	}
}
