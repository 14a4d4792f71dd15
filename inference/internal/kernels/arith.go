package kernels

import "math"

// Add computes a + b.
func Add[T Number](dst, a, b []T) {
	switch {
	case len(a) == 1:
		x := a[0]
		b = b[:len(dst)]
		for i, y := range b {
			dst[i] = x + y
		}
	case len(b) == 1:
		y := b[0]
		a = a[:len(dst)]
		for i, x := range a {
			dst[i] = x + y
		}
	default:
		a, b = a[:len(dst)], b[:len(dst)]
		for i, x := range a {
			dst[i] = x + b[i]
		}
	}
}

// Sub computes a - b.
func Sub[T Number](dst, a, b []T) {
	switch {
	case len(a) == 1:
		x := a[0]
		b = b[:len(dst)]
		for i, y := range b {
			dst[i] = x - y
		}
	case len(b) == 1:
		y := b[0]
		a = a[:len(dst)]
		for i, x := range a {
			dst[i] = x - y
		}
	default:
		a, b = a[:len(dst)], b[:len(dst)]
		for i, x := range a {
			dst[i] = x - b[i]
		}
	}
}

// Mul computes a * b.
func Mul[T Number](dst, a, b []T) {
	switch {
	case len(a) == 1:
		x := a[0]
		b = b[:len(dst)]
		for i, y := range b {
			dst[i] = x * y
		}
	case len(b) == 1:
		y := b[0]
		a = a[:len(dst)]
		for i, x := range a {
			dst[i] = x * y
		}
	default:
		a, b = a[:len(dst)], b[:len(dst)]
		for i, x := range a {
			dst[i] = x * b[i]
		}
	}
}

// DivFloat computes a / b.
func DivFloat[T Float](dst, a, b []T) {
	switch {
	case len(a) == 1:
		x := a[0]
		b = b[:len(dst)]
		for i, y := range b {
			dst[i] = x / y
		}
	case len(b) == 1:
		y := b[0]
		a = a[:len(dst)]
		for i, x := range a {
			dst[i] = x / y
		}
	default:
		a, b = a[:len(dst)], b[:len(dst)]
		for i, x := range a {
			dst[i] = x / b[i]
		}
	}
}

// DivInt computes a / b, rounded towards zero. What a division by zero gives is not defined by ONNX; here it is 0.
func DivInt[T Integer](dst, a, b []T) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		if y := b[i&mb]; y != 0 {
			dst[i] = a[i&ma] / y
		} else {
			dst[i] = 0
		}
	}
}

// ModInt computes the remainder of a / b with the sign of b, as Python's % does; 0 where b is 0.
func ModInt[T Integer](dst, a, b []T) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		y := b[i&mb]
		if y == 0 {
			dst[i] = 0
			continue
		}
		r := a[i&ma] % y
		if r != 0 && (r < 0) != (y < 0) {
			r += y
		}
		dst[i] = r
	}
}

// RemInt computes the remainder of a / b with the sign of a, as C's % does; 0 where b is 0.
func RemInt[T Integer](dst, a, b []T) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		if y := b[i&mb]; y != 0 {
			dst[i] = a[i&ma] % y
		} else {
			dst[i] = 0
		}
	}
}

// ModFloat computes C's fmod, with the sign of a.
func ModFloat[T Float](dst, a, b []T) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = T(math.Mod(float64(a[i&ma]), float64(b[i&mb])))
	}
}

// Max computes the greater of a and b; NaN when either is.
func Max[T Number](dst, a, b []T) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = max(a[i&ma], b[i&mb])
	}
}

// Min computes the lesser of a and b; NaN when either is.
func Min[T Number](dst, a, b []T) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = min(a[i&ma], b[i&mb])
	}
}
