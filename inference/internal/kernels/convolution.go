package kernels

// Convolution is how to compute one group of channels of a convolution of an image: y[f, o] = bias[f] + the sum over
// channels and taps of w[f, channel, tap] * x[channel, o*stride - pad + tap*dilation], where x is 0 outside of the
// image. Every array of three has depth, height and width; an image of fewer dimensions has 1 for the first of them.
//
// The work is cut into tiles: a few rows of output positions. For a tile, the part of the image that it sees is laid
// out with its padding, and each row split by the remainder of the position by the stride. Then what a tap
// contributes to a row of output is a run of that memory, so that [AddTaps] can add it. Where the image has that form
// already, it is used as it lies.
//
// Where rows of output are short, the runs of several rows are gathered, some taps at a time, into longer ones.
type Convolution struct {
	Channels, Filters int // of the group
	In, Out           [3]int
	Spots             int // positions: the product of Out

	stride, dilation, pad [3]int
	kernel                [3]int

	direct    bool   // the image is used as it lies
	tile      [2]int // rows and columns of positions
	tiles     [2]int // how many cover a plane
	rows      int    // of the image that a tile sees of each plane
	phases    int    // of a row
	phase     int    // elements of each
	row       int    // elements from one row of the image as laid out to the next
	plane     int    // and from one plane to the next
	channel   int    // and from one channel to the next
	runs      []int  // where the run of each tap starts, for the first position of a tile
	gathered  int    // elements of the runs of several rows together; 0 when they are not gathered
	gatherMax int    // rows that are gathered at a time
}

const (
	tileElems   = 1 << 16 // about how much of an image a tile sees: it stays in a second-level cache
	longRow     = 64      // a run of so many elements needs no gathering
	gatherElems = 256     // about how long gathered runs are
	minFilters  = 4       // fewer do not repay gathering
)

// NewConvolution plans a convolution of one group.
func NewConvolution(channels, filters int, in, out, kernel, stride, dilation, pad [3]int) *Convolution {
	v := &Convolution{
		Channels: channels, Filters: filters, In: in, Out: out, Spots: out[0] * out[1] * out[2],
		kernel: kernel, stride: stride, dilation: dilation, pad: pad,
	}
	v.direct = stride[2] == 1
	pointwise := true
	for d := range 3 {
		v.direct = v.direct && pad[d] == 0 && (out[d]-1)*stride[d]+v.reach(d) < in[d]
		pointwise = pointwise && kernel[d] == 1 && stride[d] == 1
	}
	if v.direct && pointwise && in == out {
		v.In, v.Out = [3]int{1, 1, v.Spots}, [3]int{1, 1, v.Spots}
	}
	v.cut()
	v.layOut()
	v.gather()
	return v
}

// reach is how far the last tap is from the first along dimension d.
func (v *Convolution) reach(d int) int { return (v.kernel[d] - 1) * v.dilation[d] }

// cut decides how many rows and columns of output make a tile.
func (v *Convolution) cut() {
	v.phases = v.stride[2]
	v.tile = [2]int{v.Out[1], v.Out[2]}
	if v.seen() > tileElems {
		v.tile[0] = 1
		one := v.seen()
		v.tile[0] = 2
		more := max(v.seen()-one, 1)
		v.tile[0] = min(max(1+(tileElems-one)/more, 1), v.Out[1])
		if one > tileElems {
			v.tile[1] = min(max(int(int64(v.Out[2])*tileElems/int64(one)), longRow), v.Out[2])
		}
	}
	for d := range v.tiles {
		v.tiles[d] = ceilDiv(v.Out[1+d], max(v.tile[d], 1))
		v.tile[d] = ceilDiv(v.Out[1+d], max(v.tiles[d], 1)) // of even size
	}
}

// seen returns how many elements of the image a tile sees, laid out, and sets what they depend on.
func (v *Convolution) seen() int {
	v.rows = (v.tile[0]-1)*v.stride[1] + v.reach(1) + 1
	v.phase = ceilDiv((v.tile[1]-1)*v.stride[2]+v.reach(2)+1, v.phases)
	return v.Channels * v.kernel[0] * v.rows * v.phases * v.phase
}

// layOut decides where in memory a tile's part of the image is, and where in it the runs start.
func (v *Convolution) layOut() {
	v.seen()
	depth := 1 // planes from one tap to the next
	if v.direct {
		v.row, v.plane, v.channel = v.In[2], v.In[1]*v.In[2], v.In[0]*v.In[1]*v.In[2]
		depth = v.dilation[0]
	} else {
		v.row = v.phases * v.phase
		v.plane = v.rows * v.row
		v.channel = v.kernel[0] * v.plane
	}
	v.runs = make([]int, 0, v.Taps())
	for c := range v.Channels {
		for d := range v.kernel[0] {
			for h := range v.kernel[1] {
				for w := range v.kernel[2] {
					at := w * v.dilation[2]
					v.runs = append(v.runs, c*v.channel+d*depth*v.plane+h*v.dilation[1]*v.row+at%v.phases*v.phase+at/v.phases)
				}
			}
		}
	}
}

// gather decides whether short runs are gathered.
func (v *Convolution) gather() {
	v.gatherMax = 1
	if v.tile[1] < longRow && v.tile[1] > 0 && v.tile[1] == v.Out[2] && v.Filters >= minFilters {
		v.gatherMax = min(max(gatherElems/v.tile[1], 1), v.tile[0])
	}
	if v.gatherMax > 1 {
		v.gathered = v.gatherMax * v.tile[1]
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / max(b, 1) }

// Taps returns the number of weights of a filter.
func (v *Convolution) Taps() int { return v.Channels * v.kernel[0] * v.kernel[1] * v.kernel[2] }

// Tiles returns how many tiles there are.
func (v *Convolution) Tiles() int { return v.Out[0] * v.tiles[0] * v.tiles[1] }

// TileSpots returns how many positions the largest tile has.
func (v *Convolution) TileSpots() int { return v.tile[0] * v.tile[1] }

// Scratch returns how many elements of memory a tile is computed in.
func (v *Convolution) Scratch() int { return v.laid() + tapBlock*v.gathered }

// laid returns how much of the scratch memory the laid out image takes.
func (v *Convolution) laid() int {
	if v.direct {
		return 0
	}
	return v.Channels * v.channel
}

// at is a tile: the first position of it, and its size.
func (v *Convolution) at(tile int) (od, oh, ow, rows, cols int) {
	ow = tile % v.tiles[1] * v.tile[1]
	tile /= v.tiles[1]
	oh = tile % v.tiles[0] * v.tile[0]
	return tile / v.tiles[0], oh, ow, min(v.tile[0], v.Out[1]-oh), min(v.tile[1], v.Out[2]-ow)
}

// LoadTile lays out what a tile sees of src, [Channels, In], in scratch.
func LoadTile[T any](v *Convolution, scratch, src []T, tile int) {
	if v.direct {
		return
	}
	od, oh, ow, rows, _ := v.at(tile)
	rows = (rows-1)*v.stride[1] + v.reach(1) + 1
	id, ih, iw := od*v.stride[0]-v.pad[0], oh*v.stride[1]-v.pad[1], ow*v.stride[2]-v.pad[2]
	for c := range v.Channels {
		for d := range v.kernel[0] {
			z := id + d*v.dilation[0]
			for r := range rows {
				dst := scratch[c*v.channel+d*v.plane+r*v.row:][:v.row]
				y := ih + r
				if z < 0 || z >= v.In[0] || y < 0 || y >= v.In[1] {
					clear(dst)
					continue
				}
				loadRow(dst, src[((c*v.In[0]+z)*v.In[1]+y)*v.In[2]:][:v.In[2]], iw, v.phases)
			}
		}
	}
}

// loadRow copies src from start on, zero where that is outside of it, to dst: first every step-th element, then
// every step-th from the second, and so on.
func loadRow[T any](dst, src []T, start, step int) {
	n := len(dst) / step
	for p := range step {
		phase := dst[p*n:][:n]
		from := start + p
		lo := min(ceilDiv(max(-from, 0), step), n)
		hi := max(min(ceilDiv(len(src)-from, step), n), lo)
		clear(phase[:lo])
		clear(phase[hi:])
		if lo == hi {
			continue
		}
		inside := src[from+lo*step:]
		if step == 1 {
			copy(phase[lo:hi], inside)
			continue
		}
		for i := range phase[lo:hi] {
			phase[lo+i] = inside[i*step]
		}
	}
}

// MulTile computes the positions of a tile in the count planes of dst, [Filters, Out], from filter first on. W is
// [Filters, Taps]; bias has an element for each filter, or none at all. Src and scratch are as for LoadTile, which has
// been called with them.
func MulTile[T Number](v *Convolution, dst, w, bias, scratch, src []T, tile, first, count int) {
	at, _, _ := v.Lines(tile)
	c := Rows[T]{dst[first*v.Spots+at:], v.Spots}
	MulLines(v, c, v.Out[2], w[first*len(v.runs):], bias[min(first, len(bias)):], scratch, src, tile, count)
}

// MulLines is MulTile for the first count filters of w, with the results elsewhere: each filter's in a row of c, line
// elements from one row of positions to the next.
func MulLines[T Number](v *Convolution, c Rows[T], line int, w, bias, scratch, src []T, tile, count int) {
	od, oh, ow, rows, cols := v.at(tile)
	a := Rows[T]{w, len(v.runs)}
	for f := range count {
		var start T
		if len(bias) > 0 {
			start = bias[f]
		}
		for r := range rows {
			fill(c.Data[f*c.Stride+r*line:][:cols], start)
		}
	}
	if len(v.runs) == 0 {
		return
	}
	step := v.stride[1] * v.row
	if v.direct {
		src = src[od*v.stride[0]*v.plane+oh*step+ow:]
	} else {
		src = scratch[:v.laid()]
	}
	for r := 0; r < rows; r += v.gatherMax {
		c, src := Rows[T]{c.Data[r*line:], c.Stride}, src[r*step:]
		if v.gathered == 0 {
			AddTaps(c, a, src, v.runs, count, cols)
			continue
		}
		addGathered(v, c, a, src, scratch[v.laid():], count, min(v.gatherMax, rows-r))
	}
}

// addGathered is AddTaps for the runs of several rows at once.
func addGathered[T Number](v *Convolution, c, a Rows[T], src, scratch []T, count, rows int) {
	cols, step := v.tile[1], v.stride[1]*v.row
	n := rows * cols
	for t := 0; t < len(v.runs); t += tapBlock {
		runs := v.runs[t:min(t+tapBlock, len(v.runs))]
		for i, at := range runs {
			dst := scratch[i*n:][:n]
			for r := range rows {
				copy(dst[r*cols:][:cols], src[at+r*step:])
			}
		}
		AddMatMul(c, Rows[T]{a.Data[t:], a.Stride}, Rows[T]{scratch, n}, count, n, len(runs))
	}
}

// Lines returns where the positions of a tile are in a plane of the output: the first one, and how many rows of how many
// columns, a row of the plane from one to the next.
func (v *Convolution) Lines(tile int) (at, rows, cols int) {
	od, oh, ow, rows, cols := v.at(tile)
	return (od*v.Out[1]+oh)*v.Out[2] + ow, rows, cols
}
