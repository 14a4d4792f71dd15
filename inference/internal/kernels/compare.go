package kernels

// Equal computes a == b.
func Equal[T comparable](dst []bool, a, b []T) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = a[i&ma] == b[i&mb]
	}
}

// Less computes a < b.
func Less[T Number](dst []bool, a, b []T) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = a[i&ma] < b[i&mb]
	}
}

// LessOrEqual computes a <= b.
func LessOrEqual[T Number](dst []bool, a, b []T) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = a[i&ma] <= b[i&mb]
	}
}

// Greater computes a > b.
func Greater[T Number](dst []bool, a, b []T) { Less(dst, b, a) }

// GreaterOrEqual computes a >= b.
func GreaterOrEqual[T Number](dst []bool, a, b []T) { LessOrEqual(dst, b, a) }

// And computes a && b.
func And(dst, a, b []bool) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = a[i&ma] && b[i&mb]
	}
}

// Or computes a || b.
func Or(dst, a, b []bool) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = a[i&ma] || b[i&mb]
	}
}

// Xor computes a != b.
func Xor(dst, a, b []bool) { Equal(dst, a, b); Not(dst, dst) }

// Not computes !src.
func Not(dst, src []bool) {
	for i, v := range src {
		dst[i] = !v
	}
}

// Where takes a where cond holds, and b elsewhere. Operands of length 1 are the same for all elements.
func Where[T any](dst []T, cond []bool, a, b []T) {
	mc, ma, mb := mask(len(cond)), mask(len(a)), mask(len(b))
	for i := range dst {
		if cond[i&mc] {
			dst[i] = a[i&ma]
		} else {
			dst[i] = b[i&mb]
		}
	}
}
