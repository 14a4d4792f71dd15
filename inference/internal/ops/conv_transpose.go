package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opConvTranspose)

// opConvTranspose computes the gradient of a convolution: each input element adds a multiple of the kernel to the
// output.
var opConvTranspose = Op{
	Name: "ConvTranspose",
	Versions: []Version{{
		Since: 1, In: Args{"T", "T", "T?"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
		Attrs: []Attr{
			{"auto_pad", String, "NOTSET"},
			{"dilations", Ints, nil},
			{"group", Int, 1},
			{"kernel_shape", Ints, nil},
			{"output_padding", Ints, nil},
			{"output_shape", Ints, nil},
			{"pads", Ints, nil},
			{"strides", Ints, nil},
		},
		Infer: inferConvTranspose, New: newConvTranspose, Cost: convTransposeCost, Again: 1<<11 | 1<<22,
	}},
}

// inferConvTranspose sets the output's shape: [N, M, ...] for an input [N, C, ...] and weights [C, M/group, ...].
func inferConvTranspose(n *Node) error {
	x, w := n.In[0].Shape, n.In[1].Shape
	if !x.Ranked() || !w.Ranked() {
		return nil
	}
	rank := x.Rank() - 2
	if rank < 1 || rank > kernels.MaxSpatial || w.Rank() != x.Rank() {
		return fault.Shape("an input of %d dimensions and weights of %d do not make a convolution", x.Rank(), w.Rank())
	}
	group := n.Int("group")
	if group < 1 || group > maxSpatial {
		return fault.Shape("group is %d", group)
	}
	if _, ok := shape.Of(x.Dim(1)).Merge(shape.Of(w.Dim(0))); !ok || w.Dim(0).Known() && int64(w.Dim(0))%group != 0 {
		return fault.Shape("input %v and weights %v do not fit each other with %d groups", x.Ints(), w.Ints(), group)
	}
	m := shape.Unknown
	if w.Dim(1).Known() {
		if int64(w.Dim(1)) > math.MaxInt32/group {
			return &fault.LimitError{What: "channels of a convolution", Got: int64(w.Dim(1)) * group, Max: math.MaxInt32}
		}
		m = w.Dim(1) * shape.Dim(group)
	}
	if n.Has(2) {
		if _, ok := shape.Of(m).Merge(n.In[2].Shape); !ok {
			return fault.Shape("the bias is %v, but there are %d output channels", n.In[2].Shape.Ints(), m)
		}
	}
	s, err := transposedSlide(n)
	if err != nil {
		return err
	}
	n.SetOut(0, shape.Of(append([]shape.Dim{x.Dim(0), m}, s.out...)...))
	return nil
}

// transposedSlide returns how n's kernel slides over its output, one position for each element of its input.
func transposedSlide(n *Node) (*slide, error) {
	x, w := n.In[0].Shape, n.In[1].Shape
	rank := x.Rank() - 2
	s := &slide{kernel: make([]int, rank), out: make([]shape.Dim, rank)}
	var err error
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
	extra, err := spatial(n, "output_padding", rank, 0, 0)
	if err != nil {
		return nil, err
	}
	want := make([]int, rank)
	given := n.Ints("output_shape")
	if len(given) == x.Rank() { // some exporters give batch and channels too
		given = given[2:]
	}
	if len(given) != 0 && len(given) != rank {
		return nil, fault.Shape("output_shape has %d elements; %d are needed", len(given), rank)
	}
	for i, v := range given {
		if v < 0 || v > math.MaxInt32 {
			return nil, fault.Shape("output_shape has %d", v)
		}
		want[i] = int(v)
	}
	kernelShape := n.Ints("kernel_shape")
	if len(kernelShape) != 0 && len(kernelShape) != rank {
		return nil, fault.Shape("kernel_shape has %d elements; %d are needed", len(kernelShape), rank)
	}
	for i := range rank {
		s.out[i] = shape.Unknown
		k := w.Dim(i + 2)
		if len(kernelShape) > 0 {
			if _, ok := shape.Of(k).Merge(shape.Of(shape.Dim(min(kernelShape[i], math.MaxInt32)))); !ok || kernelShape[i] < 0 {
				return nil, fault.Shape("kernel_shape is %v, but the weights are %v", kernelShape, w.Ints())
			}
		}
		if !k.Known() || !x.Dim(i+2).Known() {
			if len(given) > 0 {
				s.out[i] = shape.Dim(want[i])
			}
			continue
		}
		s.kernel[i] = int(k)
		if err := s.settleTransposed(i, int64(x.Dim(i+2)), int64(extra[i]), want[i], len(given) > 0, n.String("auto_pad")); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// settleTransposed finds the padding and the output length of dimension i. The padding is what is cut off of the full
// result at both ends; with a wanted length, or auto_pad, it follows from that. A length beyond the full result is
// made up at the end.
func (s *slide) settleTransposed(i int, in, extra int64, want int, wanted bool, autoPad string) error {
	stride := int64(s.stride[i])
	if in > math.MaxInt32 || s.kernel[i] > maxSpatial {
		return &fault.LimitError{What: "length of a convolution", Got: max(in, int64(s.kernel[i])), Max: maxSpatial}
	}
	full := stride*(in-1) + extra + int64(s.kernel[i]-1)*int64(s.dilation[i]) + 1
	if full > math.MaxInt32 {
		return &fault.LimitError{What: "length of a convolution", Got: full, Max: math.MaxInt32}
	}
	out := int64(want)
	switch autoPad {
	case "NOTSET":
	case "VALID":
		s.pad[i], s.after[i] = 0, 0
	case "SAME_UPPER", "SAME_LOWER":
		if !wanted {
			out, wanted = in*stride, true
		}
	default:
		return fault.Format("auto_pad %q is not known", autoPad)
	}
	if wanted {
		total := max(0, full-out)
		s.pad[i] = int(total - total/2)
		if autoPad == "SAME_UPPER" {
			s.pad[i] = int(total / 2)
		}
	} else {
		out = full - int64(s.pad[i]) - int64(s.after[i])
	}
	if in == 0 && !wanted {
		out = 0
	}
	if out < 0 {
		return fault.Shape("padding of %d and %d cuts off more than the %d elements of the result", s.pad[i], s.after[i], full)
	}
	if out > math.MaxInt32 {
		return &fault.LimitError{What: "length of a convolution", Got: out, Max: math.MaxInt32}
	}
	s.out[i] = shape.Dim(out)
	return nil
}

func newConvTranspose(n *Node) (Kernel, error) {
	if frugal {
		return inDoubles(n, convTransposeOf[float64])
	}
	return choose(n, typed[float32](convTransposeOf[float32]), typed[float64](convTransposeOf[float64]))
}

func convTransposeCost(n *Node) int64 {
	x, w := n.In[0].Dims(), n.In[1].Dims()
	return int64(tensor.Elems(x)) * int64(tensor.Elems(w[1:]))
}

const (
	// transposedBlock is about how many products are computed before they are added to the output: they stay in the
	// second-level cache.
	transposedBlock = 1 << 14

	// convPartCost is the number of multiply-accumulates from which on a goroutine more is worth it.
	convPartCost = 1 << 16
)

// convTranspose is the kernel of ConvTranspose. For some positions at a time it multiplies the input with all of the
// kernel, and adds the products to where they belong.
type convTranspose[T kernels.Float] struct {
	win       *kernels.Window // over a plane of the output, a position for each element of the input; nil if there is none
	n, group  int
	inC, outC int // of a group
	block     int // positions at a time
	weights   []T // [group, outC, taps, inC], or nil when they are computed during a run
	plane     int // elements of a plane of the output
	cost      int64
}

func convTransposeOf[T kernels.Float](n *Node) (Kernel, error) {
	x, w, out := n.In[0].Dims(), n.In[1].Dims(), n.Out[0].Dims()
	group := int(n.Int("group"))
	k := &convTranspose[T]{
		n: x[0], group: group, inC: x[1] / group, outC: w[1], plane: tensor.Elems(out[2:]), cost: convTransposeCost(n),
	}
	if n.In[0].Len() == 0 || n.In[1].Len() == 0 || n.Out[0].Len() == 0 {
		return k, nil
	}
	s, err := transposedSlide(n)
	if err != nil {
		return nil, err
	}
	k.win = kernels.NewWindow(out[2:], x[2:], s.kernel, s.stride, s.dilation, s.pad)
	k.block = max(1, min(k.win.Spots, transposedBlock/(k.inC+k.outC*k.win.Taps)))
	if value := n.In[1].Value; value != nil {
		k.weights = pack(n, 1, transposedLayout{group}, func() []T {
			src := tensor.View[T](value)
			packed := make([]T, len(src))
			for g := range group {
				k.turn(packed[g*len(src)/group:], src, g, 0, k.outC)
			}
			return packed
		})
	}
	return k, nil
}

// turn writes the weights of a group's output channels from first to end in the layout of k.weights.
func (k *convTranspose[T]) turn(dst, w []T, group, first, end int) {
	cols := k.outC * k.win.Taps
	src := kernels.Rows[T]{Data: w[group*k.inC*cols+first*k.win.Taps:], Stride: cols}
	kernels.Transpose(dst, src, k.inC, (end-first)*k.win.Taps)
}

// transposedLayout is the layout of packed weights with input channels innermost.
type transposedLayout struct{ group int }

func (k *convTranspose[T]) Scratch() int {
	if k.win == nil {
		return 0
	}
	elems := k.block * (k.inC + k.outC*k.win.Taps)
	if k.weights == nil {
		elems += k.inC * k.outC * k.win.Taps
	}
	return elems * dtype.Of[T]().Size()
}

func (k *convTranspose[T]) Parts(threads int) int {
	return max(1, min(threads, k.outC, int(min(k.cost/convPartCost, 1<<16))))
}

func (k *convTranspose[T]) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

// RunPart computes some output channels of each group.
func (k *convTranspose[T]) RunPart(c *Ctx, part, parts int) error {
	first, end := k.outC*part/parts, k.outC*(part+1)/parts
	x, y := tensor.View[T](c.In[0]), tensor.View[T](c.Out[0])
	scratch := tensor.Cast[T](c.Part(part, parts))
	for i := range k.n * k.group {
		planes := y[(i*k.outC+first)*k.plane:][:(end-first)*k.plane]
		k.start(c, planes, i%k.group*k.outC+first)
		if k.win == nil {
			continue
		}
		in := x[i*k.inC*k.win.Spots:][:k.inC*k.win.Spots]
		if err := k.add(c, planes, in, i%k.group, first, end, scratch); err != nil {
			return err
		}
	}
	return nil
}

// start sets planes, from channel m on, to the bias.
func (k *convTranspose[T]) start(c *Ctx, planes []T, m int) {
	if len(c.In) < 3 || c.In[2] == nil {
		clear(planes)
		return
	}
	bias := tensor.View[T](c.In[2])
	for ; len(planes) > 0; m++ {
		kernels.Fill(planes[:k.plane], bias[m])
		planes = planes[k.plane:]
	}
}

// add adds what the input of a group contributes to its output channels from first to end.
func (k *convTranspose[T]) add(c *Ctx, planes, in []T, group, first, end int, scratch []T) error {
	width := (end - first) * k.win.Taps
	w := kernels.Rows[T]{Stride: k.inC}
	if k.weights != nil {
		w.Data = k.weights[(group*k.outC+first)*k.win.Taps*k.inC:]
	} else {
		w.Data, scratch = scratch[:width*k.inC], scratch[width*k.inC:]
		k.turn(w.Data, tensor.View[T](c.In[1]), group, first, end)
	}
	for p := 0; p < k.win.Spots; p += k.block {
		if err := c.Cancelled(); err != nil {
			return err
		}
		n := min(k.block, k.win.Spots-p)
		rows := kernels.Rows[T]{Data: scratch[:n*k.inC], Stride: k.inC}
		products := kernels.Rows[T]{Data: scratch[n*k.inC:], Stride: width}
		kernels.Transpose(rows.Data, kernels.Rows[T]{Data: in[p:], Stride: k.win.Spots}, k.inC, n)
		kernels.MulTransposed(products, rows, w, n, width, k.inC, false)
		kernels.ScatterTaps(k.win, planes, products, p, p+n)
	}
	return nil
}
