package kernels

import "math"

// Relu computes max(0, x). NaN stays NaN.
func Relu[T Signed](dst, src []T) {
	src = src[:len(dst)]
	for i, v := range src {
		if v < 0 {
			v = 0
		}
		dst[i] = v
	}
}

// LeakyRelu computes x where it is not negative, and alpha * x elsewhere.
func LeakyRelu[T Float](dst, src []T, alpha T) {
	for i, v := range src {
		if v < 0 {
			v *= alpha
		}
		dst[i] = v
	}
}

// PRelu computes x where it is not negative, and slope * x elsewhere. Operands of length 1 are the same for all elements.
func PRelu[T Number](dst, src, slope []T) {
	ms, mp := mask(len(src)), mask(len(slope))
	for i := range dst {
		v := src[i&ms]
		if v < 0 {
			v *= slope[i&mp]
		}
		dst[i] = v
	}
}

// ThresholdedRelu computes x where it is greater than alpha, and 0 elsewhere.
func ThresholdedRelu[T Float](dst, src []T, alpha T) {
	for i, v := range src {
		if v <= alpha {
			v = 0
		}
		dst[i] = v
	}
}

// Elu computes x where it is positive, and alpha * (e^x - 1) elsewhere, all times gamma.
func Elu[T Float](dst, src []T, alpha, gamma T) {
	for i, v := range src {
		if v < 0 {
			v = alpha * T(math.Expm1(float64(v)))
		}
		dst[i] = gamma * v
	}
}

// Celu computes x where it is positive, and alpha * (e^(x/alpha) - 1) elsewhere.
func Celu[T Float](dst, src []T, alpha T) {
	for i, v := range src {
		dst[i] = max(v, 0) + min(0, alpha*T(math.Expm1(float64(v/alpha))))
	}
}

// HardSigmoid computes alpha * x + beta, kept between 0 and 1.
func HardSigmoid[T Float](dst, src []T, alpha, beta T) {
	for i, v := range src {
		dst[i] = max(0, min(1, alpha*v+beta))
	}
}

// HardSwish computes x times x/6 + 1/2, the latter kept between 0 and 1.
func HardSwish[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = v * max(0, min(1, v/6+0.5))
	}
}

// Softplus computes ln(1 + e^x).
func Softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// Softsign computes x / (1 + |x|).
func Softsign[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = v / (1 + T(math.Abs(float64(v))))
	}
}

// Mish computes x * tanh(ln(1 + e^x)).
func Mish(x float64) float64 { return x * math.Tanh(Softplus(x)) }

// Swish computes x / (1 + e^(-alpha*x)).
func Swish[T Float](dst, src []T, alpha T) {
	for i, v := range src {
		dst[i] = v / (1 + T(math.Exp(float64(-alpha*v))))
	}
}

// Shrink computes x + bias below -lambda, x - bias above lambda, and 0 between them.
func Shrink[T Number](dst, src []T, lambda, bias float64) {
	for i, v := range src {
		switch x := float64(v); {
		case x < -lambda:
			dst[i] = T(x + bias)
		case x > lambda:
			dst[i] = T(x - bias)
		default:
			dst[i] = 0
		}
	}
}
