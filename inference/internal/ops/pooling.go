package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

const (
	// maxSpatial bounds what attributes may say about a spatial dimension, so that their products fit an int64.
	maxSpatial = 1 << 24

	// maxWindow bounds the elements that a pooling window sees: what is kept for each of them takes memory.
	maxWindow = 1 << 22

	// maxCoverage bounds the positions for which an average needs a divisor of its own.
	maxCoverage = 1 << 24

	// poolPartCost is the number of elements looked at from which on a goroutine more is worth it.
	poolPartCost = 1 << 14
)

// poolAttrs are the attributes that pooling operators with a window have in all versions, but for the first of LpPool.
var poolAttrs = []Attr{
	{"auto_pad", String, "NOTSET"},
	{"kernel_shape", Ints, Required},
	{"pads", Ints, nil},
	{"strides", Ints, nil},
}

// slide is how a window slides over the spatial dimensions of its input; each slice has an entry for each of them.
type slide struct {
	kernel, stride, dilation []int
	pad, after               []int // before the first element and after the last; not known where out is not
	out                      []shape.Dim
}

// spatial returns a list attribute about the spatial dimensions, one entry each from least up, or fallback for all
// when the node, or its version, does not have it.
func spatial(n *Node, name string, rank, least, fallback int) ([]int, error) {
	var list []int64
	if n.Version.Attr(name) != nil {
		list = n.Ints(name)
	}
	out := make([]int, rank)
	if len(list) == 0 {
		for i := range out {
			out[i] = fallback
		}
		return out, nil
	}
	if len(list) != rank {
		return nil, fault.Shape("%s has %d elements; %d are needed", name, len(list), rank)
	}
	for i, v := range list {
		if v < int64(least) {
			return nil, fault.Shape("%s has %d; the least is %d", name, v, least)
		}
		if v > maxSpatial {
			return nil, &fault.LimitError{What: name, Got: v, Max: maxSpatial}
		}
		out[i] = int(v)
	}
	return out, nil
}

// poolSlide returns how n's window slides over its input, whose rank is known.
func poolSlide(n *Node) (*slide, error) {
	x := n.In[0].Shape
	rank := x.Rank() - 2
	if rank < 1 || rank > kernels.MaxSpatial {
		return nil, fault.Shape("the input has %d dimensions; 3 to %d are possible", x.Rank(), kernels.MaxSpatial+2)
	}
	s := &slide{out: make([]shape.Dim, rank)}
	if len(n.Ints("kernel_shape")) == 0 {
		return nil, fault.Shape("kernel_shape is missing")
	}
	var err error
	if s.kernel, err = spatial(n, "kernel_shape", rank, 1, 1); err != nil {
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
	taps := int64(1)
	for _, k := range s.kernel {
		if taps *= int64(k); taps > maxWindow {
			return nil, &fault.LimitError{What: "elements of a pooling window", Got: taps, Max: maxWindow}
		}
	}
	ceil := n.Version.Attr("ceil_mode") != nil && n.Flag("ceil_mode")
	for i := range rank {
		if err := s.settle(i, x.Dim(i+2), n.String("auto_pad"), ceil); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// settle finds the padding and the output length of dimension i of an input of length in.
func (s *slide) settle(i int, in shape.Dim, autoPad string, ceil bool) error {
	s.out[i] = shape.Unknown
	reach := int64(s.kernel[i]-1)*int64(s.dilation[i]) + 1
	if reach > 1<<30 {
		return &fault.LimitError{What: "extent of a pooling window", Got: reach, Max: 1 << 30}
	}
	stride := int64(s.stride[i])
	switch autoPad {
	case "SAME_UPPER", "SAME_LOWER":
		if !in.Known() {
			return nil
		}
		out := (int64(in) + stride - 1) / stride
		total := max(0, (out-1)*stride+reach-int64(in))
		s.pad[i] = int(total / 2)
		if autoPad == "SAME_LOWER" {
			s.pad[i] = int(total - total/2)
		}
		s.after[i] = int(total) - s.pad[i]
		s.out[i] = shape.Dim(out)
		return nil
	case "VALID":
		s.pad[i], s.after[i] = 0, 0
		ceil = false
	case "NOTSET":
	default:
		return fault.Format("auto_pad %q is not known", autoPad)
	}
	if !in.Known() {
		return nil
	}
	room := int64(in) + int64(s.pad[i]) + int64(s.after[i]) - reach
	if room < 0 {
		return fault.Shape("a window that spans %d elements does not fit into %d with padding of %d and %d",
			reach, in, s.pad[i], s.after[i])
	}
	out := room/stride + 1
	if ceil && room%stride != 0 && out*stride < int64(in)+int64(s.pad[i]) {
		out++ // one more, which begins on the input or the padding before it, and reaches beyond the padding after it
	}
	if out > math.MaxInt32 {
		return &fault.LimitError{What: "positions of a pooling window", Got: out, Max: math.MaxInt32}
	}
	s.out[i] = shape.Dim(out)
	return nil
}

// inferPool is the Infer of pooling operators with a window.
func inferPool(n *Node) error {
	x := n.In[0].Shape
	if !x.Ranked() {
		return nil
	}
	s, err := poolSlide(n)
	if err != nil {
		return err
	}
	out := shape.Of(append([]shape.Dim{x.Dim(0), x.Dim(1)}, s.out...)...)
	for i := range n.Out {
		n.SetOut(i, out)
	}
	return nil
}

// inferGlobalPool is the Infer of pooling operators that look at all of a plane.
func inferGlobalPool(n *Node) error {
	x := n.In[0].Shape
	if !x.Ranked() {
		return nil
	}
	if x.Rank() < 2 {
		return fault.Shape("the input has %d dimensions; at least 2 are needed", x.Rank())
	}
	out := x.Clone()
	for i := range out[2:] {
		out[i+2] = 1
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}

// planes is the kernel of operators that make each plane of the output of the same plane of the input.
type planes struct {
	count int                 // planes
	work  int                 // elements looked at for each
	plane func(c *Ctx, i int) // makes plane i
}

// planesOf makes the kernel for count planes of in elements in the input and out elements in the output.
func planesOf[T dtype.Element](count, in, out, work int, plane func(c *Ctx, i int, dst, src []T)) Kernel {
	return &planes{count, work, func(c *Ctx, i int) {
		plane(c, i, tensor.View[T](c.Out[0])[i*out:][:out], tensor.View[T](c.In[0])[i*in:][:in])
	}}
}

func (k *planes) Parts(threads int) int {
	return max(1, min(threads, k.count, int(min(int64(k.work)*int64(k.count)/poolPartCost, 1<<16))))
}

func (k *planes) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *planes) RunPart(c *Ctx, part, parts int) error {
	from, to := share(k.count, part, parts)
	for i := from; i < to; i++ {
		if err := c.Cancelled(); err != nil {
			return err
		}
		k.plane(c, i)
	}
	return nil
}

// newPool makes the kernel of a pooling operator with a window; plane makes one plane of the output.
func newPool[T dtype.Element](n *Node, plane func(s *slide, win *kernels.Window) (func(c *Ctx, i int, dst, src []T), error)) (Kernel, error) {
	if n.Out[0].Len() == 0 {
		return &planes{}, nil
	}
	s, err := poolSlide(n)
	if err != nil {
		return nil, err
	}
	x := n.In[0].Dims()
	win := kernels.NewWindow(x[2:], n.Out[0].Dims()[2:], s.kernel, s.stride, s.dilation, s.pad)
	f, err := plane(s, win)
	if err != nil {
		return nil, err
	}
	return planesOf(x[0]*x[1], win.Plane, win.Spots, win.Spots*win.Taps, f), nil
}

// newGlobalPool makes the kernel of a pooling operator that looks at all of a plane.
func newGlobalPool[T dtype.Element](n *Node, f func(x []T) T) (Kernel, error) {
	x := n.In[0].Dims()
	in := tensor.Elems(x[2:])
	return planesOf(x[0]*x[1], in, 1, in, func(_ *Ctx, _ int, dst, src []T) { dst[0] = f(src) }), nil
}
