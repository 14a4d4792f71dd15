package kernels

import "math"

// Pow raises a to the power b, in float64. Operands of length 1 are the same for all elements.
func Pow[T, E Number](dst, a []T, b []E) {
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

// PowInt raises an integer to the power of an integer, wrapping around. A negative power is 0, save those of 1 and -1.
func PowInt[T, E Integer](dst, a []T, b []E) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = powInt(a[i&ma], b[i&mb])
	}
}

func powInt[T, E Integer](x T, n E) T {
	if n < 0 {
		switch {
		case x == 1, x+1 == 0 && n%2 == 0:
			return 1
		case x+1 == 0:
			return x
		}
		return 0
	}
	r := T(1)
	for ; n > 0; n /= 2 {
		if n%2 == 1 {
			r *= x
		}
		x *= x
	}
	return r
}
