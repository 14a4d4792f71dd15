package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// convAttrs are the attributes of convolutions.
var convAttrs = []Attr{
	{"auto_pad", String, "NOTSET"},
	{"dilations", Ints, nil},
	{"group", Int, 1},
	{"kernel_shape", Ints, nil},
	{"pads", Ints, nil},
	{"strides", Ints, nil},
}

// byteConvIn says which inputs of a node are what for a convolution of bytes; -1 for those that it does not have.
type byteConvIn struct {
	x, xScale, xZero int // one element
	w, wScale, wZero int // one element, or one for each filter
	yScale, yZero    int // one element
	bias             int
}

// asConv returns n as a node of Conv.
func (in *byteConvIn) asConv(n *Node) *Node {
	conv := *n
	conv.In = []Operand{n.In[in.x], n.In[in.w]}
	if in.bias >= 0 && n.Has(in.bias) {
		conv.In = append(conv.In, n.In[in.bias])
	}
	return &conv
}

// infer is the Infer of convolutions of bytes.
func (in *byteConvIn) infer(n *Node) error {
	if err := inferConv(in.asConv(n)); err != nil {
		return err
	}
	for _, i := range []int{in.xScale, in.xZero, in.yScale, in.yZero} {
		if err := oneOf(n, i, 1); err != nil {
			return err
		}
	}
	if !n.In[in.w].Shape.Ranked() {
		return nil
	}
	for _, i := range []int{in.wScale, in.wZero} {
		if err := oneOf(n, i, n.In[in.w].Shape.Dim(0)); err != nil {
			return err
		}
	}
	return nil
}

// oneOf checks that input i, if it is given, has one element or as many as count.
func oneOf(n *Node, i int, count shape.Dim) error {
	if i < 0 || !n.Has(i) || !n.In[i].Shape.Ranked() {
		return nil
	}
	s := n.In[i].Shape
	if got := s.Elems(0, s.Rank()); got.Known() && got != 1 && (s.Rank() != 1 || count.Known() && got != count) {
		return fault.Shape("input %d is %v; one element is needed, or a row of %d", i, s.Ints(), max(count, 1))
	}
	return nil
}

// byteConv is the kernel of convolutions of bytes. For a tile of positions and some filters at a time, it decodes what
// they see of the image, and the weights, and stores the exact sums as what the output wants.
type byteConv struct {
	*convolution
	in byteConvIn
}

const (
	byteConvWeights = 1 << 16 // how many weights are decoded at a time, unless two filters have more
	byteConvSums    = 1 << 16 // how many sums are kept at a time
)

func (in *byteConvIn) new(n *Node) (Kernel, error) {
	if n.Out[0].Len() == 0 {
		return nothing{}, nil
	}
	v, err := newConvolution(in.asConv(n))
	if err != nil {
		return nil, err
	}
	v.Convolution = v.LaidOut()
	v.filters = min(v.filters, max(byteConvWeights/max(v.work, 1), 2), max(byteConvSums/max(v.TileSpots(), 1), 2))
	k := &byteConv{v, *in}
	if _, err := scratchFor(k.scratch()); err != nil {
		return nil, err
	}
	return k, nil
}

// scratch returns how many numbers a part needs: the tables of x and w, the laid out image, weights, biases and sums.
func (k *byteConv) scratch() int64 {
	return 2*256 + int64(k.Convolution.Scratch()) + int64(k.filters)*(int64(k.work)+1+int64(k.TileSpots()))
}

func (k *byteConv) Scratch() int { return elemBytes[float64](int(k.scratch())) }

func (k *byteConv) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

// inputOf returns an input of c, nil when there is none.
func inputOf(c *Ctx, i int) *tensor.Tensor {
	if i < 0 || i >= len(c.In) {
		return nil
	}
	return c.In[i]
}

func (k *byteConv) RunPart(c *Ctx, part, parts int) error {
	scratch := tensor.Cast[float64](c.Part(part, parts))
	take := func(n int) []float64 {
		s := scratch[:n]
		scratch = scratch[n:]
		return s
	}
	xTable, wTable := (*[256]float64)(take(256)), (*[256]float64)(take(256))
	laid := take(k.Convolution.Scratch())
	weights, bias, sums := take(k.filters*k.work), take(k.filters), scratch
	x, w := c.In[k.in.x], c.In[k.in.w]
	decodeTable(xTable, x.DType)
	decodeTable(wTable, w.DType)
	xZero := zeroOf(inputOf(c, k.in.xZero), 0)
	out := requantizerFor(c, inputOf(c, k.in.yZero))
	tiles := k.Tiles()
	p := pace{c: c}
	from, to := share(k.images*k.groups*tiles, part, parts)
	for i := from; i < to; i++ {
		tile, at := i%tiles, i/tiles // of which image and group together
		first := at % k.groups * k.Filters
		kernels.LoadCodes(k.Convolution, laid, x.Data[at*k.Channels*k.plane:], xTable, xZero, tile)
		start, rows, cols := k.Lines(tile)
		for f := 0; f < k.Filters; f += k.filters {
			count := min(k.filters, k.Filters-f)
			if err := p.spend(count * (k.TileSpots() + 1) * k.work); err != nil {
				return err
			}
			k.decodeFilters(c, weights, bias, wTable, first+f, count)
			lines := kernels.Rows[float64]{Data: sums, Stride: rows * cols}
			kernels.MulLines(k.Convolution, lines, cols, weights, bias, laid, nil, tile, count)
			for j := range count {
				by := k.scale(c, first+f+j)
				for r := range rows {
					to := (at*k.Filters+f+j)*k.Spots + start + r*k.Out[2]
					out.store(to, sums[(j*rows+r)*cols:][:cols], by)
				}
			}
		}
	}
	return nil
}

// decodeFilters decodes the weights and biases of count filters.
func (k *byteConv) decodeFilters(c *Ctx, weights, bias []float64, table *[256]float64, first, count int) {
	w, zeros, b := c.In[k.in.w], inputOf(c, k.in.wZero), inputOf(c, k.in.bias)
	for f := range count {
		zero := zeroOf(zeros, lineOf(zeros, first+f))
		kernels.Decoded(weights[f*k.work:][:k.work], w.Data[(first+f)*k.work:], table, zero)
		bias[f] = zeroOf(b, first+f)
	}
}

// lineOf returns which element of a parameter belongs to a filter: there is one for all, or one for each.
func lineOf(param *tensor.Tensor, filter int) int {
	if param == nil {
		return 0
	}
	return min(filter, param.Len()-1)
}

// scale returns what the sums of a filter are to be multiplied by.
func (k *byteConv) scale(c *Ctx, filter int) float32 {
	w := inputOf(c, k.in.wScale)
	if w == nil {
		return 1
	}
	return scaleOf(c.In[k.in.xScale], 0) * scaleOf(w, lineOf(w, filter)) / scaleOf(c.In[k.in.yScale], 0)
}

// cost is the Cost of convolutions of bytes.
func (in *byteConvIn) cost(n *Node) int64 { return convCost(in.asConv(n)) }
