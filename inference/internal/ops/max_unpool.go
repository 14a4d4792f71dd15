package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opMaxUnpool)

// opMaxUnpool computes zeros with the elements of x where the indices say: what MaxPool was given, as far as that is
// known.
var opMaxUnpool = Op{
	Name: "MaxUnpool",
	Versions: []Version{
		{
			Since: 9, In: Args{"T", "int64", "int64?"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Common: &unpoolAttrs, Infer: inferUnpool, New: newUnpool, Again: 1 << 11,
		},
		{
			Since: 22, In: Args{"T", "int64", "int64?"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Common: &unpoolAttrs, Infer: inferUnpool, New: newUnpool,
		},
	},
}

var unpoolAttrs = []Attr{{"kernel_shape", Ints, Required}, {"pads", Ints, nil}, {"strides", Ints, nil}}

// unpooled returns the dimensions of what was pooled, as the attributes tell. The rank of x is known.
func unpooled(n *Node) ([]shape.Dim, error) {
	x := n.In[0].Shape
	rank := x.Rank() - 2
	if rank < 1 {
		return nil, fault.Shape("the input has %d dimensions; at least 3 are needed", x.Rank())
	}
	kernel, err := spatial(n, "kernel_shape", rank, 1, 1)
	if err != nil {
		return nil, err
	}
	stride, err := spatial(n, "strides", rank, 1, 1)
	if err != nil {
		return nil, err
	}
	pads, err := spatial(n, "pads", 2*rank, 0, 0)
	if err != nil {
		return nil, err
	}
	out := x.Clone()
	for i := range rank {
		d := &out[2+i]
		if !d.Known() {
			*d = shape.Unknown
			continue
		}
		length := (int64(*d)-1)*int64(stride[i]) + int64(kernel[i]) - int64(pads[i]) - int64(pads[rank+i])
		if length < 0 || length > maxDim {
			return nil, fault.Shape("%v pooled from a length of %d", x.Ints(), length)
		}
		*d = shape.Dim(length)
	}
	return out, nil
}

func inferUnpool(n *Node) error {
	x, indices := n.In[0].Shape, n.In[1].Shape
	if !x.Ranked() {
		return nil
	}
	if _, ok := x.Merge(indices); !ok {
		return shapeMismatch(n)
	}
	out, err := unpooled(n)
	if err != nil {
		return err
	}
	if !n.Has(2) {
		n.SetOut(0, shape.Of(out...))
		return nil
	}
	n.SetOut(0, shape.Make(x.Rank()))
	want, known := n.In[2].Ints()
	if !known {
		return nil
	}
	if len(want) != len(out) {
		return fault.Shape("an output of %v from one of %v", want, x.Ints())
	}
	for i, d := range want {
		if d < 0 || d > maxDim || out[i].Known() && d < int64(out[i]) {
			return fault.Shape("an output of %v, where what was pooled is %v", want, shape.Of(out...).Ints())
		}
		out[i] = shape.Dim(d)
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}

// unpool is the kernel of MaxUnpool.
type unpool struct {
	dims  []int // of what was pooled, which the indices count the elements of
	steps []int // in the output, which may be larger
	same  bool
	put   putFunc
}

func newUnpool(n *Node) (Kernel, error) {
	if !n.Out[0].Shape.Static() {
		return nil, errNeedsValue
	}
	dims, err := unpooled(n)
	if err != nil {
		return nil, err
	}
	pooled := shape.Of(dims...)
	if _, err := tensor.Bytes(n.In[0].DType, pooled.Ints()); err != nil {
		return nil, err
	}
	return &unpool{pooled.Ints(), kernels.Contiguous(n.Out[0].Dims()), pooled.Equal(n.Out[0].Shape), putAs(n.In[0].DType)}, nil
}

func (k *unpool) Run(c *Ctx) error {
	clear(c.Out[0].Data)
	count := int64(tensor.Elems(k.dims))
	p := pace{c: c}
	for i, at := range tensor.View[int64](c.In[1]) {
		if err := p.spend(16); err != nil {
			return err
		}
		if at < 0 || at >= count {
			return fault.Shape("index %d is out of range for %v", at, k.dims)
		}
		to := int(at)
		if !k.same {
			to = 0
			for d := len(k.dims) - 1; d >= 0; d-- {
				to += int(at%int64(k.dims[d])) * k.steps[d]
				at /= int64(k.dims[d])
			}
		}
		k.put(c.Out[0], c.In[0], to, i, 1)
	}
	return nil
}
