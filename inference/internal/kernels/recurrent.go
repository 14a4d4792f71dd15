package kernels

// AddProduct adds a[i] * b[i] to each dst[i].
func AddProduct[T Float](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] += a[i] * b[i]
	}
}

// Complement writes 1 - src[i].
func Complement[T Float](dst, src []T) {
	src = src[:len(dst)]
	for i := range dst {
		dst[i] = 1 - src[i]
	}
}

// Blend replaces each dst[i] by z[i] * dst[i] + (1 - z[i]) * a[i].
func Blend[T Float](dst, z, a []T) {
	z, a = z[:len(dst)], a[:len(dst)]
	for i := range dst {
		dst[i] = z[i]*dst[i] + (1-z[i])*a[i]
	}
}
