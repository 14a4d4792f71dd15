package kernels

import "math"

// Gelu computes x times the chance that a standard normal variable is at most x.
func Gelu(x float64) float64 { return 0.5 * x * (1 + math.Erf(x*(math.Sqrt2/2))) }

// The usual approximation of Gelu, of Hendrycks and Gimpel, "Gaussian Error Linear Units", section 2:
// x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))).
const (
	geluScale = 0.79788456080286535588
	geluCube  = 0.044715
)

// GeluTanh32 computes an approximation of [Gelu] by tanh.
func GeluTanh32(dst, src []float32) {
	src = src[:len(dst)]
	for i, v := range src {
		dst[i] = 0.5 * v * (1 + tanh32(geluScale*(v+geluCube*v*v*v)))
	}
}

// GeluTanh64 computes an approximation of [Gelu] by tanh.
func GeluTanh64(dst, src []float64) {
	src = src[:len(dst)]
	for i, v := range src {
		dst[i] = 0.5 * v * (1 + math.Tanh(geluScale*(v+geluCube*v*v*v)))
	}
}
