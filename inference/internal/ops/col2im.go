package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opCol2Im)

// opCol2Im computes images put together of blocks that may overlap: what lies on one place is added up.
var opCol2Im = Op{
	Name: "Col2Im",
	Versions: []Version{
		{
			Since: 18, In: Args{"T", "int64", "int64"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}},
			Attrs: []Attr{{"dilations", Ints, nil}, {"pads", Ints, nil}, {"strides", Ints, nil}}, Infer: inferCol2Im, New: newCol2Im,
		},
	},
}

// The inputs of Col2Im.
const (
	colBlocks = iota // [batch, channels*block..., blocks]
	colImage         // the image's spatial lengths
	colBlock         // a block's
)

// colSlide returns how blocks slide over an image, whose lengths it returns too; nil when they are not known.
func colSlide(n *Node) (s *slide, image []int, err error) {
	lengths, known := n.In[colImage].Ints()
	block, both := n.In[colBlock].Ints()
	if !known || !both {
		return nil, nil, nil
	}
	rank := len(lengths)
	if rank < 1 || rank > kernels.MaxSpatial || len(block) != rank {
		return nil, nil, fault.Shape("blocks of %v in an image of %v", block, lengths)
	}
	s = &slide{kernel: make([]int, rank), out: make([]shape.Dim, rank)}
	image = make([]int, rank)
	if s.stride, err = spatial(n, "strides", rank, 1, 1); err != nil {
		return nil, nil, err
	}
	if s.dilation, err = spatial(n, "dilations", rank, 1, 1); err != nil {
		return nil, nil, err
	}
	pads, err := spatial(n, "pads", 2*rank, 0, 0)
	if err != nil {
		return nil, nil, err
	}
	s.pad, s.after = pads[:rank], pads[rank:]
	for i := range rank {
		if lengths[i] < 0 || lengths[i] > maxDim || block[i] < 1 || block[i] > maxSpatial {
			return nil, nil, fault.Shape("blocks of %v in an image of %v", block, lengths)
		}
		image[i], s.kernel[i] = int(lengths[i]), int(block[i])
		if err := s.settle(i, shape.Dim(image[i]), "NOTSET", false); err != nil {
			return nil, nil, err
		}
	}
	return s, image, nil
}

// product64 returns the product of dimensions, as long as that is at most maxDim, else more than that.
func product64[D ~int](dims []D) int64 {
	p := int64(1)
	for _, d := range dims {
		if d == 0 {
			return 0
		}
		p = min(p, maxDim+1) * int64(d)
	}
	return p
}

func inferCol2Im(n *Node) error {
	x := n.In[colBlocks].Shape
	if x.Ranked() && x.Rank() != 3 {
		return fault.Shape("blocks are %v, not [batch, channels * block, blocks]", x.Ints())
	}
	s, image, err := colSlide(n)
	if err != nil || s == nil {
		return err
	}
	batch, channels := shape.Unknown, shape.Unknown
	if x.Ranked() {
		batch = x.Dim(0)
		taps := product64(s.kernel)
		if rows := x.Dim(1); rows.Known() {
			if int64(rows)%taps != 0 {
				return fault.Shape("%d rows do not make blocks of %v", rows, s.kernel)
			}
			channels = shape.Dim(int64(rows) / taps)
		}
		if count := x.Dim(2); count.Known() && int64(count) != product64(s.out) {
			return fault.Shape("%d blocks, where %v fit into the image", count, shape.Of(s.out...).Ints())
		}
	}
	out := []shape.Dim{batch, channels}
	for _, d := range image {
		out = append(out, shape.Dim(d))
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}

// addFunc adds n elements of src, from a place on, to every step-th of dst.
type addFunc func(dst, src *tensor.Tensor, to, step, from, n int)

func newCol2Im(n *Node) (Kernel, error) {
	if !n.Out[0].Shape.Static() {
		return nil, errNeedsValue
	}
	switch n.In[0].DType {
	case dtype.Bool:
		return col2imOf(n, orBools)
	case dtype.String:
		return col2imOf(n, joinStrings)
	case dtype.Complex64:
		return col2imOf(n, adder[float32](2))
	case dtype.Complex128:
		return col2imOf(n, adder[float64](2))
	}
	return choose(n,
		typed[float32](func(n *Node) (Kernel, error) { return col2imOf(n, adder[float32](1)) }),
		typed[float64](func(n *Node) (Kernel, error) { return col2imOf(n, adder[float64](1)) }),
		typed[int64](func(n *Node) (Kernel, error) { return col2imOf(n, adder[int64](1)) }),
		typed[uint64](func(n *Node) (Kernel, error) { return col2imOf(n, adder[int64](1)) }))
}

// adder returns the function that adds elements that consist of so many of T.
func adder[T kernels.Number](width int) addFunc {
	return func(dst, src *tensor.Tensor, to, step, from, n int) {
		d, s := tensor.View[T](dst)[to*width:], tensor.View[T](src)[from*width:]
		for i := range n {
			for w := range width {
				d[i*step*width+w] += s[i*width+w]
			}
		}
	}
}

func orBools(dst, src *tensor.Tensor, to, step, from, n int) {
	for i := range n {
		dst.Data[to+i*step] |= src.Data[from+i]
	}
}

func joinStrings(dst, src *tensor.Tensor, to, step, from, n int) {
	for i := range n {
		dst.Strings[to+i*step] += src.Strings[from+i]
	}
}

// col2im is the kernel of Col2Im.
type col2im struct {
	*slide
	image        []int
	steps        []int // of the image
	planes, taps int
	rows, cols   int // of blocks: the last dimension, and the product of the others
	add          addFunc
}

func col2imOf(n *Node, add addFunc) (Kernel, error) {
	s, image, err := colSlide(n)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, errNeedsValue
	}
	x, last := n.In[0].Dims(), len(image)-1
	k := &col2im{
		slide: s, image: image, steps: kernels.Contiguous(image), planes: tensor.Elems(n.Out[0].Dims()[:2]),
		cols: int(s.out[last]), add: add,
	}
	if x[0]*x[1]*x[2] == 0 {
		k.planes = 0
		return k, nil
	}
	k.taps, k.rows = tensor.Elems(s.kernel), x[2]/k.cols
	return k, nil
}

func (k *col2im) Run(c *Ctx) error {
	out := c.Out[0]
	clear(out.Data)
	clear(out.Strings)
	last := len(k.image) - 1
	plane := tensor.Elems(k.image)
	p := pace{c: c}
	from := 0
	for i := range k.planes {
		for tap := range k.taps {
			first, lo, hi := k.line(tap)
			for row := range k.rows {
				if err := p.spend(8 + k.cols); err != nil {
					return err
				}
				if at, ok := k.place(tap/k.kernel[last], row); ok && lo < hi {
					k.add(out, c.In[0], i*plane+at+first+lo*k.stride[last], k.stride[last], from+lo, hi-lo)
				}
				from += k.cols
			}
		}
	}
	return nil
}

// line returns where a tap lies along the last dimension in the first block, and of which blocks it lies in the image.
func (k *col2im) line(tap int) (first, lo, hi int) {
	last := len(k.image) - 1
	step := k.stride[last]
	first = tap%k.kernel[last]*k.dilation[last] - k.pad[last]
	lo = min(blockCount(max(-first, 0), step), k.cols)
	return first, lo, max(min(blockCount(max(k.image[last]-first, 0), step), k.cols), lo)
}

// place returns where a tap lies in an image along the other dimensions, for a row of blocks, and whether it does.
func (k *col2im) place(tap, row int) (at int, ok bool) {
	for d := len(k.image) - 2; d >= 0; d-- {
		blocks := int(k.out[d])
		x := row%blocks*k.stride[d] - k.pad[d] + tap%k.kernel[d]*k.dilation[d]
		if x < 0 || x >= k.image[d] {
			return 0, false
		}
		at += x * k.steps[d]
		row, tap = row/blocks, tap/k.kernel[d]
	}
	return at, true
}
