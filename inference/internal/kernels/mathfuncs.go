package kernels

import "math"

// Each computes f of each element, in double precision. The functions below, some of which are single instructions, have
// loops of their own.
func Each[T Number](dst, src []T, f func(x float64) float64) {
	for i, v := range src {
		dst[i] = T(f(float64(v)))
	}
}

// Sqrt computes the square root of each element.
func Sqrt[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Sqrt(float64(v)))
	}
}

// Log computes the natural logarithm of each element.
func Log[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Log(float64(v)))
	}
}

// Floor computes the greatest integer that is not greater of each element.
func Floor[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Floor(float64(v)))
	}
}

// Ceil computes the least integer that is not less of each element.
func Ceil[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Ceil(float64(v)))
	}
}

// Round computes the nearest integer, the even one of two of each element.
func Round[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.RoundToEven(float64(v)))
	}
}
