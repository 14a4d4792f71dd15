package kernels

// AddMatMul adds a * b to c: c is [m, n], a [m, k] and b [k, n]. B is read as it lies, in blocks that stay in a cache.
func AddMatMul[T Number](c, a, b Rows[T], m, n, k int) {
	if m == 0 {
		return
	}
	var taps [tapBlock]int
	for t := range taps {
		taps[t] = t * b.Stride
	}
	for j := 0; j < n; j += runBlock {
		run := min(runBlock, n-j)
		for t := 0; t < k; t += tapBlock {
			block := min(tapBlock, k-t)
			AddTaps(Rows[T]{c.Data[j:], c.Stride}, Rows[T]{a.Data[t:], a.Stride}, b.Data[t*b.Stride+j:], taps[:block], m, run)
		}
	}
}

// AddScaled computes c = alpha * c + beta * d over a row; d has one element for all of c, or as many.
func AddScaled[T Number](c, d []T, alpha, beta T) {
	if len(d) == 1 {
		add := beta * d[0]
		for j, v := range c {
			c[j] = alpha*v + add
		}
		return
	}
	d = d[:len(c)]
	for j, v := range c {
		c[j] = alpha*v + beta*d[j]
	}
}

// ScaleBy multiplies each element of c by alpha.
func ScaleBy[T Number](c []T, alpha T) {
	for j := range c {
		c[j] *= alpha
	}
}
