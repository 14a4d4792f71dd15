package f32

import "unsafe"

// region computes the positions of a strip that see the same part of the kernel, for a panel of filters.
type region struct {
	*Conv
	x, y, z []float32 // what is read, what is written, and what is added, or nil
	finish  func([]float32)
	tile    Tile
	image   int
	row     int // the position whose kernel begins at the first element that is laid out, when it is
	col     int
	channel int // the first of the panel
	filter  int // the first of the panel
	width   int // of the panel
	half    int // 1 when that is half of the whole width
	weights []float32
}

// tiles returns how many tiles h runs of w positions take.
func tiles(h, w, rows int) int {
	half := max(rows/2, 1)
	single, double := ceil(w, rows), ceil(w, half)
	if double < 2*single {
		return h/2*double + h%2*single
	}
	return h * single
}

func ceil(a, b int) int { return (a + b - 1) / b }

// compute computes the positions that are in both classes.
func (w *region) compute(y, x class) {
	c, t := w.Conv, &w.tile
	seen := x.hi - x.lo
	k := c.own
	if c.depthwise {
		k = 1
	}
	t.K = k
	taps := c.taps[w.half][seen]
	count := seen * (y.hi - y.lo)
	if c.merged {
		t.K *= seen
		count = min(seen, 1) * (y.hi - y.lo)
	}
	if k == 0 { // there is nothing to point to
		count = 0
	}
	if t.NTaps = count; count > 0 {
		t.Taps = &taps[0]
	}
	if len(w.weights) > 0 {
		t.B = unsafe.Pointer(&w.weights[(y.lo*c.Kernel[1]+x.lo)*k*w.width])
	}

	// The first element that the first position sees.
	row, col := y.from*c.Stride[0]+y.lo*c.Dilation[0], x.from*c.Stride[1]+x.lo*c.Dilation[1]
	var a unsafe.Pointer
	if c.halo {
		row, col = row-w.row*c.Stride[0], col-w.col*c.Stride[1]
		if at := (row*c.laid[1]+col)*(c.Channels+c.gap) + w.channel; c.own > 0 {
			a = unsafe.Pointer(&w.x[at])
		}
	} else if c.own > 0 {
		row, col = row-c.Pad[0], col-c.Pad[1]
		a = unsafe.Pointer(&w.x[((w.image*c.In[0]+row)*c.In[1]+col)*c.Channels+w.channel])
	}
	at := ((w.image*c.Out[0]+y.from)*c.Out[1]+x.from)*c.Filters + w.filter
	out := unsafe.Pointer(&w.y[at])
	var add unsafe.Pointer
	if w.z != nil {
		add = unsafe.Pointer(&w.z[at])
	}

	// Runs of positions, along rows or columns: what takes fewer tiles.
	h, n := y.to-y.from, x.to-x.from
	along := step{c.Stride[1] * c.pixel, 4 * c.Filters}
	across := step{c.Stride[0] * c.line, 4 * c.Filters * c.Out[1]}
	switch {
	case across.a == n*along.a && across.c == n*along.c:
		h, n = 1, h*n
	case tiles(n, h, c.rows) < tiles(h, n, c.rows):
		h, n, along, across = n, h, across, along
	}
	w.runs(a, out, add, h, n, along, across)
}

// step is how far it is from one position to another, in bytes of the image and of the output.
type step struct{ a, c int }

// runs computes h runs of n positions.
func (w *region) runs(a, out, add unsafe.Pointer, h, n int, along, across step) {
	t := &w.tile
	t.LDA, t.LDC, t.LDAdd = along.a, along.c, along.c
	half := max(w.rows/2, 1)
	paired := ceil(n, half) < 2*ceil(n, w.rows)
	for y := 0; y < h; {
		pair := paired && y+1 < h
		parts := ceil(n, w.rows)
		if pair {
			parts = ceil(n, half)
		}
		for p := range parts {
			from, to := n*p/parts, n*(p+1)/parts
			dA, dC := y*across.a+from*along.a, y*across.c+from*along.c
			second := across
			t.Rows = 2 * (to - from)
			if !pair {
				t.Rows = to - from
				m := 0
				if t.Rows > 1 {
					m = t.half()
				}
				second = step{m * along.a, m * along.c}
			}
			if a != nil {
				t.A = unsafe.Add(a, dA)
				t.A2 = unsafe.Add(t.A, second.a)
			}
			t.C = unsafe.Add(out, dC)
			t.C2 = unsafe.Add(t.C, second.c)
			if add != nil {
				t.Add = unsafe.Add(add, dC)
				t.Add2 = unsafe.Add(t.Add, second.c)
			}
			if w.depthwise {
				t.runDepthwise(w.level)
			} else {
				t.Run(w.level, w.width)
			}
			if w.finish != nil {
				w.hand()
			}
		}
		y++
		if pair {
			y++
		}
	}
}

// hand hands on what the tile computed.
func (w *region) hand() {
	t, y := &w.tile, w.y
	for r := range t.Rows {
		c, row := t.C, r
		if h := t.half(); r >= h {
			c, row = t.C2, r-h
		}
		at := (int(uintptr(c)-uintptr(unsafe.Pointer(&y[0]))) + row*t.LDC) / 4
		w.finish(y[at:][:t.Cols])
	}
}
