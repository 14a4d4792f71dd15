package f32

import "unsafe"

// Winograd's convolution F(2x2, 3x3) makes 2 by 2 positions of the output at once from the 4 by 4 of the image that they
// see, with 16 products for each channel where there are 36 otherwise: image and kernel are transformed, multiplied
// element by element and summed over the channels, and the sums transformed back. The 16 elements are as many products
// of matrices. Where a position sees an infinite number, the result may be NaN; where it does not, it is as it would be. See
// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015), section 4.1.

// winogradSpots is how many products there are of a channel.
const winogradSpots = 16

// winogradIn transforms 4 by 4 positions of an image, whose values for channel c are From[i][c]. Element i of the result
// is at To[i*Plane + c], with Plane in bytes.
//
// The order of the fields is known to the assembly.
type winogradIn struct {
	From     [winogradSpots]unsafe.Pointer
	To       unsafe.Pointer
	Plane    int
	Channels int // a multiple of 16
}

// winogradOut transforms sums, element i of which is at Sums[i*Plane + j], with Plane in bytes, to 2 by 2 positions at Y;
// and adds the bias and what is at Z to them, and clamps them.
//
// The order of the fields is known to the assembly.
type winogradOut struct {
	Sums   unsafe.Pointer
	Plane  int
	Bias   unsafe.Pointer // nil when there is none
	Y, Z   [4]unsafe.Pointer
	Cols   int // a multiple of 16
	Lo, Hi float32
	Clamp  bool
}

// runPortable is run in plain Go.
func (t *winogradIn) runPortable() {
	for c := range t.Channels {
		var d [4][4]float32
		for i, from := range t.From {
			d[i/4][i%4] = *(*float32)(unsafe.Add(from, 4*c))
		}
		for j := range 4 {
			d[0][j], d[1][j], d[2][j], d[3][j] = d[0][j]-d[2][j], d[1][j]+d[2][j], d[2][j]-d[1][j], d[1][j]-d[3][j]
		}
		for i, r := range d {
			for j, v := range [4]float32{r[0] - r[2], r[1] + r[2], r[2] - r[1], r[1] - r[3]} {
				*(*float32)(unsafe.Add(t.To, (4*i+j)*t.Plane+4*c)) = v
			}
		}
	}
}

// runPortable is run in plain Go.
func (t *winogradOut) runPortable() {
	for c := range t.Cols {
		var s [2][4]float32
		for j := range 4 {
			at := func(i int) float32 { return *(*float32)(unsafe.Add(t.Sums, (4*i+j)*t.Plane+4*c)) }
			s[0][j], s[1][j] = at(0)+at(1)+at(2), at(1)-at(2)-at(3)
		}
		for i, y := range t.Y {
			r := s[i/2]
			v := r[0] + r[1] + r[2]
			if i%2 == 1 {
				v = r[1] - r[2] - r[3]
			}
			if t.Bias != nil {
				v += *(*float32)(unsafe.Add(t.Bias, 4*c))
			}
			if t.Z[0] != nil {
				v += *(*float32)(unsafe.Add(t.Z[i], 4*c))
			}
			if t.Clamp {
				if v < t.Lo {
					v = t.Lo
				}
				if v > t.Hi {
					v = t.Hi
				}
			}
			*(*float32)(unsafe.Add(y, 4*c)) = v
		}
	}
}

// wantsWinograd reports whether Winograd's convolution is faster than the direct one.
func (c *Conv) wantsWinograd() bool {
	two := [2]int{1, 1}
	if c.Kernel != [2]int{3, 3} || c.Stride != two || c.Dilation != two || c.Groups != 1 || c.Channels%16 != 0 || c.Filters%16 != 0 {
		return false
	}
	squares := ceil(c.Out[0], 2) * ceil(c.Out[1], 2)
	work := squares * (winogradSpots*c.Channels*c.Filters/16 + 6*c.Channels + 6*c.Filters)
	direct := c.Out[0] * c.Out[1] * 9 * c.Channels * c.Filters / 16
	return c.Channels >= 16 && squares >= 4 && work < direct*9/10
}

// cutWinograd decides on strips of squares, row after row, for Winograd's convolution: so many that the products of
// matrices have rows enough, and so few that they stay in a second-level cache.
func (c *Conv) cutWinograd() {
	c.squares = [2]int{ceil(c.Out[0], 2), ceil(c.Out[1], 2)}
	row := winogradSpots * 4 * c.Channels * c.squares[1]
	n := max(winogradBytes/row, ceil(2*c.rows, c.squares[1]))
	if c.panels*c.Images < minTasks {
		n = min(n, ceil(c.squares[0]*c.panels, minTasks))
	}
	count, all := ceil(c.squares[0], min(n, c.squares[0])), c.squares[0]*c.squares[1]
	if count > 1 {
		count += count % 2 // as many for each of two threads, so that no strip is transformed by both
	}
	c.strip = [2]int{1, ceil(all, count)}
	c.strips = [2]int{1, ceil(all, c.strip[1])}
}

// winogradBytes is about how much transformed image a strip has.
const winogradBytes = 256 << 10

// winogradScratch returns how many elements of memory a strip takes.
func (c *Conv) winogradScratch() int64 {
	spots := int64(c.strip[1])
	return spots*winogradSpots*int64(c.Channels+c.width) + int64(c.Channels+c.width)
}

// packWinograd packs the weights: for each panel, 16 matrices.
func (c *Conv) packWinograd(dst, w []float32) {
	const block = 8 // channels at once, so that lines of the cache are used whole
	lines := make([]float32, (9*block+6)*c.width)
	for first := 0; first < c.Filters; first += c.width {
		cols := min(c.width, c.Filters-first)
		width := lastWidth(c.width, cols)
		plane := c.Channels * width
		for ch := range c.Channels {
			if ch%block == 0 {
				n := min(block, c.Channels-ch)
				packTransposed(c.level, lines, w[(first*c.Channels+ch)*9:], 9*c.Channels, 9*n, cols, width)
			}
			winogradKernels(dst[ch*width:], lines[ch%block*9*width:], lines[9*block*c.width:], plane, width)
		}
		dst = dst[winogradSpots*plane:]
	}
}

// winogradKernels transforms n kernels of 3 by 3, element i of which is at w[i*n:], to what the products multiply: element
// i at to[i*plane:]. Spare has room for 6·n.
func winogradKernels(to, w, spare []float32, plane, n int) {
	var rows [4][3][]float32
	for j := range 3 {
		at := func(i int) []float32 { return w[(3*i+j)*n:][:n] }
		rows[0][j], rows[3][j] = at(0), at(2)
		rows[1][j], rows[2][j] = spare[2*j*n:][:n], spare[(2*j+1)*n:][:n]
		halves(rows[1][j], rows[2][j], at(0), at(1), at(2))
	}
	for i, r := range rows {
		at := func(j int) []float32 { return to[(4*i+j)*plane:][:n] }
		copy(at(0), r[0])
		halves(at(1), at(2), r[0], r[1], r[2])
		copy(at(3), r[2])
	}
}

// halves sets p to (a+b+c)/2 and q to (a-b+c)/2. All have the same length.
func halves(p, q, a, b, c []float32) {
	p, q, b, c = p[:len(a)], q[:len(a)], b[:len(a)], c[:len(a)]
	for i := range a {
		outer, middle := (a[i]+c[i])/2, b[i]/2
		p[i], q[i] = outer+middle, outer-middle
	}
}

// runWinograd does a task.
func (c *Conv) runWinograd(r *ConvRun, image, s, p int) {
	first := s * c.strip[1]
	n := min(c.strip[1], c.squares[0]*c.squares[1]-first)
	spare := int(c.Scratch()) - winogradSpots*c.strip[1]*(c.Channels+c.width)
	other := r.Scratch[:spare]
	in := r.Scratch[spare:][:winogradSpots*n*c.Channels]
	sums := r.Scratch[spare+winogradSpots*c.strip[1]*c.Channels:][:winogradSpots*n*c.width]
	if at := image*c.strips[1] + s + 1; r.laid != at {
		clear(other)
		c.transform(r, in, other, image, first, n)
		r.laid = at
	}
	cols := min(c.width, c.Filters-p*c.width)
	width := lastWidth(c.width, cols)
	weights := r.Weights[winogradSpots*p*c.width*c.Channels:]
	tap := Tap{}
	t := Tile{Taps: &tap, NTaps: 1, K: c.Channels, LDA: 4 * c.Channels, LDC: 4 * width, Cols: cols}
	parts := ceil(n, c.rows)
	for e := range winogradSpots {
		t.B = unsafe.Pointer(&weights[e*c.Channels*width])
		for i := range parts {
			from, to := n*i/parts, n*(i+1)/parts
			t.Rows = to - from
			t.A, t.C = unsafe.Pointer(&in[(e*n+from)*c.Channels]), unsafe.Pointer(&sums[(e*n+from)*width])
			t.A2, t.C2 = t.A, t.C
			if t.Rows > 1 {
				t.A2, t.C2 = unsafe.Add(t.A, t.half()*t.LDA), unsafe.Add(t.C, t.half()*t.LDC)
			}
			t.Run(c.level, width)
		}
	}
	c.transformBack(r, sums, other, image, first, n, p*c.width, cols)
}

// transform transforms what n squares, from one on, see of an image. Zeros has one for each channel.
func (c *Conv) transform(r *ConvRun, to, zeros []float32, image, square, n int) {
	t := winogradIn{Plane: 4 * n * c.Channels, Channels: c.Channels}
	x := r.X[image*c.In[0]*c.In[1]*c.Channels:]
	for i := range n {
		y, col := 2*((square+i)/c.squares[1])-c.Pad[0], 2*((square+i)%c.squares[1])-c.Pad[1]
		for j := range t.From {
			h, w := y+j/4, col+j%4
			if h < 0 || h >= c.In[0] || w < 0 || w >= c.In[1] {
				t.From[j] = unsafe.Pointer(&zeros[0])
				continue
			}
			t.From[j] = unsafe.Pointer(&x[(h*c.In[1]+w)*c.Channels])
		}
		t.To = unsafe.Pointer(&to[i*c.Channels])
		t.run(c.level)
	}
}

// transformBack makes the output of the sums of n squares, from one on, for some filters. Other is memory for what is
// outside of the output.
func (c *Conv) transformBack(r *ConvRun, sums, other []float32, image, square, n, first, cols int) {
	width := lastWidth(c.width, cols)
	t := winogradOut{Plane: 4 * n * width, Cols: cols, Lo: r.Lo, Hi: r.Hi, Clamp: r.Clamp}
	if len(r.Bias) > 0 {
		t.Bias = unsafe.Pointer(&r.Bias[first])
	}
	for i := range n {
		y, x := 2*((square+i)/c.squares[1]), 2*((square+i)%c.squares[1])
		for j := range t.Y {
			h, w := y+j/2, x+j%2
			inside := h < c.Out[0] && w < c.Out[1]
			at := ((image*c.Out[0]+h)*c.Out[1]+w)*c.Filters + first
			t.Y[j] = unsafe.Pointer(&other[len(other)-c.width])
			if inside {
				t.Y[j] = unsafe.Pointer(&r.Y[at])
			}
			if r.Z != nil {
				t.Z[j] = t.Y[j]
				if inside {
					t.Z[j] = unsafe.Pointer(&r.Z[at])
				}
			}
		}
		t.Sums = unsafe.Pointer(&sums[i*width])
		t.run(c.level)
		if r.Finish != nil {
			for j := range t.Y {
				if h, w := y+j/2, x+j%2; h < c.Out[0] && w < c.Out[1] {
					r.Finish(r.Y[((image*c.Out[0]+h)*c.Out[1]+w)*c.Filters+first:][:cols])
				}
			}
		}
	}
}
