package kernels

// Taps says of which elements of a line each element of another line is a weighted sum, and with which weights: the
// same number of both for each.
type Taps struct {
	N       int       // of each element
	Out     int       // elements
	At      []int32   // N for each element: positions in the line that is read
	Weight  []float64 // N for each element
	Outside []bool    // which elements lie outside and are not sums; nil when none are
}

// Reach returns the first position that the elements from one up to another read, and the one after the last.
func (t *Taps) Reach(from, to int) (first, end int) {
	first, end = int(t.At[from*t.N]), 0
	for _, at := range t.At[from*t.N : to*t.N] {
		first, end = min(first, int(at)), max(end, int(at)+1)
	}
	return first, end
}

// ResampleRows sets each row of dst to the sum of rows of src that t has for the elements from one up to another. Rows
// are of n elements, and the first of src is the row at position first. Rows that lie outside are filled.
func ResampleRows[T Float](dst, src []T, t *Taps, from, to, first, n int, outside T) {
	for i := from; i < to; i++ {
		row := dst[(i-from)*n:][:n]
		if t.Outside != nil && t.Outside[i] {
			fill(row, outside)
			continue
		}
		at, w := t.At[i*t.N:][:t.N], t.Weight[i*t.N:][:t.N]
		tap := func(k int) []T { return src[(int(at[k])-first)*n:][:n] }
		k := t.N & 1
		if k == 1 {
			scaleRow(row, tap(0), T(w[0]))
		} else {
			sumRowsOf2(row, tap(0), tap(1), T(w[0]), T(w[1]))
			k = 2
		}
		for ; k < t.N; k += 2 {
			addRowsOf2(row, tap(k), tap(k+1), T(w[k]), T(w[k+1]))
		}
	}
}

func scaleRow[T Float](dst, a []T, wa T) {
	for i := range dst {
		dst[i] = wa * a[i]
	}
}

func sumRowsOf2[T Float](dst, a, b []T, wa, wb T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = wa*a[i] + wb*b[i]
	}
}

func addRowsOf2[T Float](dst, a, b []T, wa, wb T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] += wa*a[i] + wb*b[i]
	}
}

// ResampleLine sets each element of dst to the sum of elements of src that t has for it.
func ResampleLine[T Float](dst, src []T, t *Taps, outside T) {
	dst = dst[:t.Out]
	if t.N == 2 {
		for i := range dst {
			at, w := t.At[2*i:][:2], t.Weight[2*i:][:2]
			dst[i] = T(w[0])*src[at[0]] + T(w[1])*src[at[1]]
		}
	} else {
		for i := range dst {
			at, w := t.At[i*t.N:][:t.N], t.Weight[i*t.N:][:t.N]
			sum := T(0)
			for k, p := range at {
				sum += T(w[k]) * src[p]
			}
			dst[i] = sum
		}
	}
	for i, out := range t.Outside {
		if out {
			dst[i] = outside
		}
	}
}
