package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opConv)

// opConv computes the convolution of a batch of images with filters, in groups of channels.
var opConv = Op{
	Name: "Conv",
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "T", "T?"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{
				{"auto_pad", String, "NOTSET"},
				{"dilations", Ints, nil},
				{"group", Int, 1},
				{"kernel_shape", Ints, nil},
				{"pads", Ints, nil},
				{"strides", Ints, nil},
			},
			Infer: inferConv, New: newConv, Cost: convCost, Again: 1<<11 | 1<<22,
		},
	},
}

// The inputs of Conv.
const (
	convX = iota // [batch, channels, spatial...]
	convW        // [filters, channels/group, kernel...]
	convB        // [filters]
)

// convSlide returns how the filters slide over the images, whose ranks are known. The lengths of the kernel are -1
// where nothing tells them yet, and those of the output unknown.
func convSlide(n *Node) (*slide, error) {
	x, w := n.In[convX].Shape, n.In[convW].Shape
	rank := x.Rank() - 2
	if rank < 1 {
		return nil, fault.Shape("X has %d dimensions, not a batch, channels and at least one more", x.Rank())
	}
	if w.Rank() != x.Rank() {
		return nil, fault.Shape("W has %d dimensions where X has %d", w.Rank(), x.Rank())
	}
	s := &slide{out: make([]shape.Dim, rank)}
	var err error
	if s.kernel, err = spatial(n, "kernel_shape", rank, 1, -1); err != nil {
		return nil, err
	}
	if s.stride, err = spatial(n, "strides", rank, 1, 1); err != nil {
		return nil, err
	}
	if s.dilation, err = spatial(n, "dilations", rank, 1, 1); err != nil {
		return nil, err
	}
	pads, err := spatial(n, "pads", 2*rank, 0, 0)
	if err != nil {
		return nil, err
	}
	s.pad, s.after = pads[:rank], pads[rank:]
	for i := range rank {
		d := w.Dim(2 + i)
		switch {
		case !d.Known():
		case s.kernel[i] >= 0 && s.kernel[i] != int(d):
			return nil, fault.Shape("kernel_shape is %v, but W is %v", s.kernel, w.Ints())
		case d < 1 || d > maxSpatial:
			return nil, fault.Shape("W is %v", w.Ints())
		default:
			s.kernel[i] = int(d)
		}
		if s.kernel[i] < 0 {
			s.out[i] = shape.Unknown
			continue
		}
		if err := s.settle(i, x.Dim(2+i), n.String("auto_pad"), false); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func inferConv(n *Node) error {
	x, w := n.In[convX].Shape, n.In[convW].Shape
	if !x.Ranked() || !w.Ranked() {
		return nil
	}
	s, err := convSlide(n)
	if err != nil {
		return err
	}
	group := n.Int("group")
	channels, filters, own := x.Dim(1), w.Dim(0), w.Dim(1)
	switch {
	case group < 1 || group > maxSpatial:
		return fault.Format("group is %d", group)
	case channels.Known() && own.Known() && int64(channels) != int64(own)*group:
		return fault.Shape("X has %d channels, where %d groups of %d are needed", channels, group, own)
	case filters.Known() && int64(filters)%group != 0:
		return fault.Shape("%d filters do not make %d groups", filters, group)
	}
	if n.Has(convB) && n.In[convB].Shape.Ranked() {
		b := n.In[convB].Shape
		if b.Rank() != 1 || b.Dim(0).Known() && filters.Known() && b.Dim(0) != filters {
			return fault.Shape("B is %v, where %d filters are", b.Ints(), filters)
		}
	}
	n.SetOut(0, shape.Of(append([]shape.Dim{x.Dim(0), filters}, s.out...)...))
	return nil
}

func convCost(n *Node) int64 {
	w := n.In[convW].Dims()
	return int64(n.Out[0].Len()) * int64(tensor.Elems(w[1:]))
}

func newConv(n *Node) (Kernel, error) {
	if k, err := newConvFirst(n); k != nil || err != nil {
		return k, err
	}
	if n.In[convX].Shape.Rank() > 2+3 {
		return inDoubles(n, convManyOf)
	}
	return choose(n, typed[float32](convOf[float32]), typed[float64](conv64))
}

// conv64 makes the kernel of Conv for float64.
func conv64(n *Node) (Kernel, error) {
	if frugal {
		return convManyOf(n)
	}
	return convOf[float64](n)
}

// conv is the kernel of Conv.
type conv[T kernels.Number] struct {
	*convolution
	finish func(c *Ctx, y []T, at int) // what is done with each row of positions, when they are computed; may be nil
}

// convolution is how the kernel of a convolution computes it.
type convolution struct {
	*kernels.Convolution
	images, groups int
	plane          int // elements of a channel of X
	filters        int // that are computed between two looks at the context
	work           int // multiply-accumulates of one position
}

// newConvolution plans n, whose output has elements.
func newConvolution(n *Node) (*convolution, error) {
	x, w := n.In[convX].Dims(), n.In[convW].Dims()
	s, err := convSlide(n)
	if err != nil {
		return nil, err
	}
	rank := len(s.out)
	if rank > 3 {
		return nil, fault.Format("a convolution over %d dimensions; at most 3 are supported", rank)
	}
	one := [3]int{1, 1, 1}
	in, out, kernel, stride, dilation, pad := one, one, one, one, one, [3]int{}
	seen := []int{w[1], 1, 1, 1} // a tile never sees more of an image than this
	for i := range rank {
		d := 3 - rank + i
		in[d], out[d], pad[d] = x[2+i], int(s.out[i]), s.pad[i]
		kernel[d], stride[d], dilation[d] = s.kernel[i], s.stride[i], s.dilation[i]
		seen[1+d] = in[d] + s.pad[i] + s.after[i] + stride[d]
	}
	seen[1] = kernel[0] // of depth, only the planes that taps are on
	groups := int(n.Int("group"))
	if _, err := tensor.Bytes(dtype.Float64, seen); err != nil {
		return nil, err
	}
	k := &convolution{
		Convolution: kernels.NewConvolution(w[1], w[0]/groups, in, out, kernel, stride, dilation, pad),
		images:      x[0], groups: groups, plane: tensor.Elems(x[2:]),
	}
	k.work = k.Taps()
	k.filters = min(max(paceWork/max(k.work*k.TileSpots(), 1), 16), k.Filters)
	return k, nil
}

func convOf[T kernels.Number](n *Node) (Kernel, error) {
	if n.Out[0].Len() == 0 {
		return nothing{}, nil
	}
	k, err := newConvolution(n)
	return &conv[T]{convolution: k}, err
}

// nothing is the kernel of a node whose outputs have no elements.
type nothing struct{}

func (nothing) Run(*Ctx) error { return nil }

func (k *conv[T]) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *conv[T]) RunPart(c *Ctx, part, parts int) error {
	y, x, w := tensor.View[T](c.Out[0]), tensor.View[T](c.In[convX]), tensor.View[T](c.In[convW])
	var bias []T
	if len(c.In) > convB && c.In[convB] != nil {
		bias = tensor.View[T](c.In[convB])
	}
	scratch := tensor.Cast[T](c.Part(part, parts))
	tiles := k.Tiles()
	p := pace{c: c}
	from, to := share(k.images*k.groups*tiles, part, parts)
	for i := from; i < to; i++ {
		tile, at := i%tiles, i/tiles // of which image and group together
		g := at % k.groups
		y, x := y[at*k.Filters*k.Spots:], x[at*k.Channels*k.plane:]
		w, bias := w[g*k.Filters*k.Taps():], bias[min(g*k.Filters, len(bias)):]
		kernels.LoadTile(k.Convolution, scratch, x, tile)
		for f := 0; f < k.Filters; f += k.filters {
			count := min(k.filters, k.Filters-f)
			if err := p.spend(count * k.TileSpots() * k.work); err != nil {
				return err
			}
			kernels.MulTile(k.Convolution, y, w, bias, scratch, x, tile, f, count)
			if k.finish != nil {
				k.finishTile(c, at*k.Filters+f, count, tile)
			}
		}
	}
	return nil
}

// finishTile finishes the positions of a tile in count planes of the output.
func (k *conv[T]) finishTile(c *Ctx, plane, count, tile int) {
	first, rows, cols := k.Lines(tile)
	for p := plane; p < plane+count; p++ {
		for r := range rows {
			at := p*k.Spots + first + r*k.Out[2]
			k.finish(c, tensor.View[T](c.Out[0])[at:][:cols], at)
		}
	}
}

func (k *convolution) Parts(threads int) int {
	tasks := k.images * k.groups * k.Tiles()
	return partsFor(threads, tasks, int64(k.images)*int64(k.groups)*int64(k.Filters)*int64(k.Spots)*int64(k.work))
}

func (k *conv[T]) Scratch() int { return elemBytes[T](k.Convolution.Scratch()) }
