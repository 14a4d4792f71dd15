package kernels

// Conv is a convolution, or one group of it: InC planes of an image become OutC planes of another.
type Conv struct {
	*Window
	InC, OutC int
}

// blockElems is about how many gathered elements a block of positions has: they stay in the second-level cache while
// all output planes are computed from them.
const blockElems = 1 << 14

// Block returns how many positions are computed at a time.
func (c *Conv) Block() int {
	n := max(blockElems/max(c.InC*c.Taps, 1), 12)
	return min((n+2)/3*3, max(c.Spots, 1))
}

// ConvBlock computes out, [OutC, Spots], at the positions from p to end, at most Block of them, of x, [InC, Plane],
// with the weights w, [OutC, InC*Taps]. Bias, of OutC elements, may be nil. Scratch holds Block rows of InC*Taps.
func ConvBlock[T Number](c *Conv, out, x, w, bias, scratch []T, p, end int) {
	k := c.InC * c.Taps
	rows := Rows[T]{scratch, k}
	gatherRows(c, rows, x, p, end)
	n := end - p
	if bias != nil {
		for m := range c.OutC {
			fill(out[m*c.Spots+p:][:n], bias[m])
		}
	}
	MulTransposed(Rows[T]{out[p:], c.Spots}, Rows[T]{w, k}, rows, c.OutC, n, k, bias != nil)
}

// gatherRows writes for each position from p to end a row of what its taps see, plane after plane.
func gatherRows[T any](c *Conv, rows Rows[T], x []T, p, end int) {
	if c.Taps == 1 && c.pointwise() {
		Transpose(rows.Data, Rows[T]{x[p:], c.Plane}, c.InC, end-p)
		return
	}
	s := c.spot(p)
	for i := range end - p {
		row := rows.row(i, c.InC*c.Taps)
		for ch := range c.InC {
			gather(&s, row[ch*c.Taps:][:c.Taps], x[ch*c.Plane:][:c.Plane])
		}
		s.next()
	}
}

// pointwise reports whether the positions are the elements of the plane, in order.
func (c *Conv) pointwise() bool {
	for d := range c.In {
		if c.Stride[d] != 1 || c.Pad[d] != 0 || c.In[d] != c.Out[d] {
			return false
		}
	}
	return true
}

// DepthwisePlane computes one output plane at the positions from p to end of one input plane.
func DepthwisePlane[T Number](win *Window, out, x, w []T, bias T, p, end int) {
	s := win.spot(p)
	w = w[:win.Taps]
	for i := p; i < end; i++ {
		sum := bias
		if s.inside {
			plane := x[s.base:]
			for t, off := range win.offsets[:len(w)] {
				sum += w[t] * plane[off]
			}
		} else {
			for t, off := range win.offsets[:len(w)] {
				if s.sees(t) {
					sum += w[t] * x[s.base+off]
				}
			}
		}
		out[i] = sum
		s.next()
	}
}

// Scatter adds to out, [OutC, Plane], what the positions from p to end contribute: rows hold for each of them OutC*Taps
// products. It is the inverse of gathering, as a transposed convolution needs it.
func Scatter[T Number](win *Window, out []T, outC int, rows Rows[T], p, end int) {
	s := win.spot(p)
	for i := range end - p {
		row := rows.row(i, outC*win.Taps)
		for m := range outC {
			plane, r := out[m*win.Plane:][:win.Plane], row[m*win.Taps:][:win.Taps]
			for t, off := range win.offsets[:len(r)] {
				if s.inside || s.sees(t) {
					plane[s.base+off] += r[t]
				}
			}
		}
		s.next()
	}
}
