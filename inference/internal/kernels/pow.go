package kernels

import "math"

// Pow raises a to the power b, in float64. Operands of length 1 are the same for all elements.
func Pow[T Float](dst, a, b []T) {
	if len(b) == 1 && len(a) == len(dst) {
		switch b[0] {
		case 1:
			copy(dst, a)
			return
		case 2:
			for i, x := range a {
				dst[i] = x * x
			}
			return
		}
	}
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = T(math.Pow(float64(a[i&ma]), float64(b[i&mb])))
	}
}

// PowToInt is Pow with its results cut to integers.
func PowToInt(dst []int64, a, b []float64) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = int64(math.Pow(a[i&ma], b[i&mb]))
	}
}

// PowInt raises an integer to the power of an integer, wrapping around. A negative power is 0, save those of 1 and -1.
func PowInt(dst, a, b []int64) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = powInt(a[i&ma], b[i&mb])
	}
}

func powInt(x, n int64) int64 {
	if n < 0 {
		switch {
		case x == 1, x == -1 && n%2 == 0:
			return 1
		case x == -1:
			return x
		}
		return 0
	}
	r := int64(1)
	for ; n > 0; n /= 2 {
		if n%2 == 1 {
			r *= x
		}
		x *= x
	}
	return r
}
