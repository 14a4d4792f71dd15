package kernels

// Relu writes max(0, src) to dst. NaN stays NaN.
func Relu[T Signed](dst, src []T) {
	src = src[:len(dst)]
	for i, v := range src {
		if v < 0 {
			v = 0
		}
		dst[i] = v
	}
}
