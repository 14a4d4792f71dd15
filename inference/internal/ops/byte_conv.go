package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels/i8"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// byteConv is the kernel of convolutions of bytes. It computes with images whose channels lie together, a band of rows of
// the output at a time: what the band sees of the image is laid out with everything around it that filters reach, unless
// the image lies like that already; the results are brought in order when they are to lie otherwise.
type byteConv struct {
	in      byteConvIn
	level   cpu.Level
	images  int
	groups  int
	own     int // channels of a group
	filters int // of a group
	size    int // bytes of a result

	// Over depth, height and width, of which there may be fewer: those are 1.
	input, output, kernel, stride, dilation, pad [3]int

	xLast, yLast bool // channels are the last dimension
	depthwise    bool
	direct       bool // the image is used as it lies
	flat         bool // the rows of a band make one long row
	short        bool // rows are transposed together, and then laid out
	band         int  // rows of the output
	bands        int  // of a plane of the output
	seen         [2]int
	taps         []int // in bytes from a pixel
	run          int

	weights *byteWeights // nil when they are not constant
	params  *byteParams  // nil when something that they depend on is not
	room    byteConvRoom
}

// byteWeights are filters as the kernels want them.
type byteWeights struct {
	panels []i8.Panels // of each group
	filter *i8.Filters // instead, for depthwise convolutions
}

// byteParams is what else there is for each column of the panels, or for each channel.
type byteParams struct {
	bias   []int32
	scale  []float32
	lo, hi float32
	zero   int32
}

// byteConvRoom is how much memory a part needs, in bytes.
type byteConvRoom struct{ image, out, turned, weights, order, sums, columns int }

const (
	byteConvImage = 192 << 10 // what is laid out of an image at a time, and what is computed: some of a second-level cache
	byteConvBands = 4         // how many bands there are at least
)

func (in *byteConvIn) new(n *Node) (Kernel, error) {
	if n.Out[0].Len() == 0 {
		return nothing{}, nil
	}
	conv := in.asConv(n)
	x, w := conv.In[convX].Dims(), conv.In[convW].Dims()
	s, err := convSlide(conv)
	if err != nil {
		return nil, err
	}
	rank := len(s.out)
	if rank > 3 {
		return nil, fault.Format("a convolution over %d dimensions; at most 3 are supported", rank)
	}
	one := [3]int{1, 1, 1}
	groups := int(n.Int("group"))
	k := &byteConv{
		in: *in, level: n.CPU, images: x[0], groups: groups, own: w[1], filters: w[0] / groups, size: n.Out[0].DType.Size(),
		xLast: in.last(n, "x_last"), yLast: in.last(n, "y_last"),
		input: one, output: one, kernel: one, stride: one, dilation: one,
	}
	for i := range rank {
		d := 3 - rank + i
		k.input[d], k.output[d], k.pad[d] = x[2+i], int(s.out[i]), s.pad[i]
		k.kernel[d], k.stride[d], k.dilation[d] = s.kernel[i], s.stride[i], s.dilation[i]
	}
	k.depthwise = k.own == 1 && k.filters == 1 && k.groups > 1 && n.Out[0].DType != dtype.Int32 && k.fixedWeights(n)
	if err := k.plan(n); err != nil {
		return nil, err
	}
	k.prepare(n)
	return k, nil
}

func (k *byteConv) channels() int { return k.groups * k.own }

// results returns how many results each position has.
func (k *byteConv) results() int { return k.groups * k.filters }

func (k *byteConv) positions() int { return k.output[0] * k.output[1] * k.output[2] }

func (k *byteConv) plane() int { return k.input[0] * k.input[1] * k.input[2] }

func (k *byteConv) tapCount() int { return k.kernel[0] * k.kernel[1] * k.kernel[2] }

// merged reports whether the taps of a row of a filter are one: their bytes follow each other.
func (k *byteConv) merged() bool { return k.groups == 1 && k.dilation[2] == 1 }

// reach returns how much of dimension d so many positions see.
func (k *byteConv) reach(d, positions int) int {
	return (positions-1)*k.stride[d] + (k.kernel[d]-1)*k.dilation[d] + 1
}

// plan decides how the image is laid out, and how much of it at a time.
func (k *byteConv) plan(n *Node) error {
	channels := k.channels()
	wide := k.reach(2, k.output[2])
	depth := k.own
	if k.merged() {
		depth *= k.kernel[2]
	}
	k.direct = k.xLast && k.pad == [3]int{} && depth%4 == 0
	for d := range 3 {
		k.direct = k.direct && k.reach(d, k.output[d]) <= k.input[d]
	}
	if k.direct && k.depthwise {
		k.direct = channels%i8.Block == 0
	}
	row := int64(wide) * int64(channels)
	out := int64(k.output[2]) * int64(k.results()) * int64(k.size)
	planes := int64(k.kernel[0])
	k.band = k.output[1]
	for k.band > 1 && (int64(k.reach(1, k.band))*planes*row > byteConvImage || int64(k.band)*out > byteConvImage) {
		k.band = (k.band + 1) / 2
	}
	work := int64(k.images) * int64(k.positions()) * int64(k.results()) * int64(k.tapCount()*k.own)
	for k.band > 1 && work > 2*partWork && k.images*k.output[0]*blockCount(k.output[1], k.band) < byteConvBands {
		k.band = (k.band + 1) / 2
	}
	k.bands = blockCount(k.output[1], k.band)
	k.seen = [2]int{k.reach(1, k.band), wide}
	pitch := [2]int{k.seen[0] * wide * channels, wide * channels}
	if k.direct {
		pitch = [2]int{k.input[1] * k.input[2] * channels, k.input[2] * channels}
	}
	for z := range k.kernel[0] {
		for y := range k.kernel[1] {
			for x := range k.kernel[2] {
				if x > 0 && k.merged() && !k.depthwise {
					break
				}
				at := z*pitch[0] + y*k.dilation[1]*pitch[1] + x*k.dilation[2]*channels
				if k.direct {
					at += z * (k.dilation[0] - 1) * pitch[0]
				}
				k.taps = append(k.taps, at)
			}
		}
	}
	if !k.depthwise {
		k.taps = slices.Repeat(k.taps, i8.MaxParts(k.level, false, true))
	}
	k.flat = k.stride[1] == 1 && pitch[1] == k.output[2]*k.stride[2]*channels
	if k.flat {
		k.run = i8.Run(k.level, 1, k.band*k.output[2])
	} else {
		k.run = i8.Run(k.level, k.band, k.output[2])
	}
	k.short = !k.xLast && k.input[2] < 32 && channels >= 16
	return k.rooms(n, int64(k.seen[0])*planes*row, int64(k.band)*out)
}

// rooms finds out how much memory a part needs.
func (k *byteConv) rooms(n *Node, image, out int64) error {
	r := &k.room
	if k.direct {
		image = 0
	}
	if k.yLast {
		out = 0
	}
	var turned int64
	if k.short {
		turned = int64(k.seen[0]) * int64(k.input[2]) * int64(k.channels())
	}
	var data, order, sums int64
	if !k.fixedWeights(n) {
		m := k.matrix(&tensor.Tensor{DType: n.In[k.in.w].DType}, nil, nil, 0)
		parts := i8.MaxParts(k.level, false, true)
		if size := int64(k.filters+31) * int64(m.NTaps) * int64(m.K+3) * int64(2*parts); size > maxScratch {
			return &fault.LimitError{What: "bytes of an operator's own memory", Got: size, Max: maxScratch}
		}
		data = int64(i8.PanelBytes(k.level, m.NTaps, m.K, m.N, parts))
		order = int64(k.results()) * int64(k.own) * int64(k.tapCount())
		sums = int64(i8.Columns(k.level, k.filters))
	}
	columns := int64(k.columns())
	const slack = 64
	if _, err := scratchFor((image+out+turned+data+order+4*sums+8*columns)/8 + 8*slack); err != nil {
		return err
	}
	round := func(n int64) int { return int(n+slack-1) &^ (slack - 1) }
	if image > 0 {
		image += slack // groups of products may reach beyond the last pixel
	}
	*r = byteConvRoom{
		image: round(image), out: round(out), turned: round(turned), weights: round(data), order: round(order),
		sums: round(4 * sums), columns: round(4 * columns),
	}
	return nil
}

// columns returns how many elements a parameter for each column has.
func (k *byteConv) columns() int {
	if k.depthwise {
		return blockCount(k.groups, i8.Block) * i8.Block
	}
	return k.groups * i8.Columns(k.level, k.filters)
}

func (k *byteConv) Scratch() int {
	r := &k.room
	return r.image + r.out + r.turned + r.weights + r.order + r.sums + 2*r.columns
}

func (k *byteConv) Parts(threads int) int {
	if k.weights == nil {
		return 1
	}
	work := int64(k.images) * int64(k.positions()) * int64(k.results()) * int64(k.tapCount()*k.own)
	return partsFor(threads, k.images*k.output[0]*k.bands, work)
}
