package kernels

import "math"

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

// Sin computes the sine of each element.
func Sin[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Sin(float64(v)))
	}
}

// Cos computes the cosine of each element.
func Cos[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Cos(float64(v)))
	}
}

// Tan computes the tangent of each element.
func Tan[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Tan(float64(v)))
	}
}

// Asin computes the arcsine of each element.
func Asin[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Asin(float64(v)))
	}
}

// Acos computes the arccosine of each element.
func Acos[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Acos(float64(v)))
	}
}

// Atan computes the arctangent of each element.
func Atan[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Atan(float64(v)))
	}
}

// Sinh computes the hyperbolic sine of each element.
func Sinh[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Sinh(float64(v)))
	}
}

// Cosh computes the hyperbolic cosine of each element.
func Cosh[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Cosh(float64(v)))
	}
}

// Asinh computes the inverse hyperbolic sine of each element.
func Asinh[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Asinh(float64(v)))
	}
}

// Acosh computes the inverse hyperbolic cosine of each element.
func Acosh[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Acosh(float64(v)))
	}
}

// Atanh computes the inverse hyperbolic tangent of each element.
func Atanh[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Atanh(float64(v)))
	}
}

// Erf computes the error function of each element.
func Erf[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Erf(float64(v)))
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
