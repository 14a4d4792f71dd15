package kernels

// The functions below are the innermost loops of [AddTaps]: foldRxT adds T rows x, each times a factor, to R rows c.
// All rows have the length of the first.

func fold2x4[T Number](c0, c1, x0, x1, x2, x3 []T, a0, a1 *[4]T) {
	n := len(c0)
	c1, x0, x1, x2, x3 = c1[:n], x0[:n], x1[:n], x2[:n], x3[:n]
	a00, a01, a02, a03 := a0[0], a0[1], a0[2], a0[3]
	a10, a11, a12, a13 := a1[0], a1[1], a1[2], a1[3]
	for j := range c0 {
		y0, y1, y2, y3 := x0[j], x1[j], x2[j], x3[j]
		c0[j] += a00*y0 + a01*y1 + a02*y2 + a03*y3
		c1[j] += a10*y0 + a11*y1 + a12*y2 + a13*y3
	}
}

func fold2x3[T Number](c0, c1, x0, x1, x2 []T, a0, a1 *[3]T) {
	n := len(c0)
	c1, x0, x1, x2 = c1[:n], x0[:n], x1[:n], x2[:n]
	a00, a01, a02 := a0[0], a0[1], a0[2]
	a10, a11, a12 := a1[0], a1[1], a1[2]
	for j := range c0 {
		y0, y1, y2 := x0[j], x1[j], x2[j]
		c0[j] += a00*y0 + a01*y1 + a02*y2
		c1[j] += a10*y0 + a11*y1 + a12*y2
	}
}

func fold2x2[T Number](c0, c1, x0, x1 []T, a0, a1 *[2]T) {
	n := len(c0)
	c1, x0, x1 = c1[:n], x0[:n], x1[:n]
	a00, a01, a10, a11 := a0[0], a0[1], a1[0], a1[1]
	for j := range c0 {
		y0, y1 := x0[j], x1[j]
		c0[j] += a00*y0 + a01*y1
		c1[j] += a10*y0 + a11*y1
	}
}

func fold2x1[T Number](c0, c1, x []T, a0, a1 T) {
	n := len(c0)
	c1, x = c1[:n], x[:n]
	for j := range c0 {
		y := x[j]
		c0[j] += a0 * y
		c1[j] += a1 * y
	}
}

func fold1x5[T Number](c, x0, x1, x2, x3, x4 []T, a *[5]T) {
	n := len(c)
	x0, x1, x2, x3, x4 = x0[:n], x1[:n], x2[:n], x3[:n], x4[:n]
	a0, a1, a2, a3, a4 := a[0], a[1], a[2], a[3], a[4]
	for j := range c {
		c[j] += a0*x0[j] + a1*x1[j] + a2*x2[j] + a3*x3[j] + a4*x4[j]
	}
}

func fold1x4[T Number](c, x0, x1, x2, x3 []T, a *[4]T) {
	n := len(c)
	x0, x1, x2, x3 = x0[:n], x1[:n], x2[:n], x3[:n]
	a0, a1, a2, a3 := a[0], a[1], a[2], a[3]
	for j := range c {
		c[j] += a0*x0[j] + a1*x1[j] + a2*x2[j] + a3*x3[j]
	}
}

func fold1x3[T Number](c, x0, x1, x2 []T, a *[3]T) {
	n := len(c)
	x0, x1, x2 = x0[:n], x1[:n], x2[:n]
	a0, a1, a2 := a[0], a[1], a[2]
	for j := range c {
		c[j] += a0*x0[j] + a1*x1[j] + a2*x2[j]
	}
}

func fold1x2[T Number](c, x0, x1 []T, a *[2]T) {
	n := len(c)
	x0, x1 = x0[:n], x1[:n]
	a0, a1 := a[0], a[1]
	for j := range c {
		c[j] += a0*x0[j] + a1*x1[j]
	}
}

func fold1x1[T Number](c, x []T, a T) {
	x = x[:len(c)]
	for j := range c {
		c[j] += a * x[j]
	}
}
