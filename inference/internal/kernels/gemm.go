package kernels

// Rows is a matrix whose rows are contiguous, Stride elements from one to the next.
type Rows[T any] struct {
	Data   []T
	Stride int
}

func (r Rows[T]) row(i, n int) []T { return r.Data[i*r.Stride:][:n] }

// colBlock is how many rows of b a sweep over a goes along with: so many that they stay in the second-level cache.
const colBlock = 48

// MulTransposed computes c = a * bT, or adds it to c: c is [m, n], a [m, k] and b [n, k]. Both factors are read along
// their contiguous rows, in tiles of 2 by 3 results: that many accumulators, operands and products fit the 16 vector
// registers of the smallest machine without spilling.
func MulTransposed[T Number](c, a, b Rows[T], m, n, k int, add bool) {
	for j0 := 0; j0 < n; j0 += colBlock {
		j1 := min(j0+colBlock, n)
		i := 0
		for ; i+2 <= m; i += 2 {
			a0, a1 := a.row(i, k), a.row(i+1, k)
			c0, c1 := c.row(i, n), c.row(i+1, n)
			j := j0
			for ; j+3 <= j1; j += 3 {
				tile2x3((*[3]T)(c0[j:]), (*[3]T)(c1[j:]), a0, a1, b.row(j, k), b.row(j+1, k), b.row(j+2, k), add)
			}
			for ; j < j1; j++ {
				r := b.row(j, k)
				s0, s1 := dot2(r, a0, a1)
				if add {
					s0, s1 = s0+c0[j], s1+c1[j]
				}
				c0[j], c1[j] = s0, s1
			}
		}
		if i < m {
			mulRow(c.row(i, n), a.row(i, k), b, j0, j1, add)
		}
	}
}

// tile2x3 computes the six products of two rows of a and three of b.
func tile2x3[T Number](c0, c1 *[3]T, a0, a1, b0, b1, b2 []T, add bool) {
	n := len(a0)
	a1, b0, b1, b2 = a1[:n], b0[:n], b1[:n], b2[:n]
	var s00, s01, s02, s10, s11, s12 T
	for i, x0 := range a0 {
		x1 := a1[i]
		y := b0[i]
		s00 += x0 * y
		s10 += x1 * y
		y = b1[i]
		s01 += x0 * y
		s11 += x1 * y
		y = b2[i]
		s02 += x0 * y
		s12 += x1 * y
	}
	if add {
		s00, s01, s02 = s00+c0[0], s01+c0[1], s02+c0[2]
		s10, s11, s12 = s10+c1[0], s11+c1[1], s12+c1[2]
	}
	c0[0], c0[1], c0[2] = s00, s01, s02
	c1[0], c1[1], c1[2] = s10, s11, s12
}

// mulRow computes the results of one row of a with the rows of b from j to end.
func mulRow[T Number](c, a []T, b Rows[T], j, end int, add bool) {
	k := len(a)
	for ; j+4 <= end; j += 4 {
		dst := c[j:][:4]
		s0, s1, s2, s3 := dot4(a, b.row(j, k), b.row(j+1, k), b.row(j+2, k), b.row(j+3, k))
		if add {
			s0, s1, s2, s3 = s0+dst[0], s1+dst[1], s2+dst[2], s3+dst[3]
		}
		dst[0], dst[1], dst[2], dst[3] = s0, s1, s2, s3
	}
	for ; j < end; j++ {
		s := Dot(a, b.row(j, k))
		if add {
			s += c[j]
		}
		c[j] = s
	}
}

// dot4 computes the products of a with four rows.
func dot4[T Number](a, b0, b1, b2, b3 []T) (s0, s1, s2, s3 T) {
	n := len(a)
	b0, b1, b2, b3 = b0[:n], b1[:n], b2[:n], b3[:n]
	for i, x := range a {
		s0 += x * b0[i]
		s1 += x * b1[i]
		s2 += x * b2[i]
		s3 += x * b3[i]
	}
	return s0, s1, s2, s3
}

// dot2 computes the products of a with two rows.
func dot2[T Number](a, b0, b1 []T) (s0, s1 T) {
	n := len(a)
	b0, b1 = b0[:n], b1[:n]
	for i, x := range a {
		s0 += x * b0[i]
		s1 += x * b1[i]
	}
	return s0, s1
}

// Dot computes the sum of a[i] * b[i].
func Dot[T Number](a, b []T) T {
	b = b[:len(a)]
	var s0, s1, s2, s3 T
	i := 0
	for ; i+4 <= len(a); i += 4 {
		x, y := a[i:i+4:i+4], b[i:i+4:i+4]
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// Transpose writes the transpose of src, [rows, cols] with the given stride, to dst, [cols, rows] contiguous.
// It goes in blocks, so that both sides stay in cache.
func Transpose[T any](dst []T, src Rows[T], rows, cols int) {
	const block = 16
	for i0 := 0; i0 < rows; i0 += block {
		i1 := min(i0+block, rows)
		for j0 := 0; j0 < cols; j0 += block {
			j1 := min(j0+block, cols)
			for i := i0; i < i1; i++ {
				for j, v := range src.row(i, cols)[j0:j1] {
					dst[(j0+j)*rows+i] = v
				}
			}
		}
	}
}
