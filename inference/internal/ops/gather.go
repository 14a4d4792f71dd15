package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opGather)

// opGather computes the slices of x along an axis that indices name.
var opGather = Op{
	Name: "Gather",
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "Tind"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}, {"Tind", indexes}},
			Attrs: []Attr{{"axis", Int, 0}}, Infer: inferGather, New: newGather, Again: 1<<11 | 1<<13,
		},
	},
}

func inferGather(n *Node) error {
	if !n.ranked() {
		return nil
	}
	s := n.In[0].Shape
	axis, err := n.axis("axis", s.Rank())
	if err != nil {
		return err
	}
	var out []shape.Dim
	out = append(out, s.Dims()[:axis]...)
	out = append(out, n.In[1].Shape.Dims()...)
	out = append(out, s.Dims()[axis+1:]...)
	n.SetOut(0, shape.Of(out...))
	return nil
}

// gather copies, for each of outer blocks, the chunks of elements that the indices name.
type gather struct {
	outer, length, chunk int // blocks, chunks in each, elements in each chunk
	put                  putFunc
}

func newGather(n *Node) (Kernel, error) {
	s := n.In[0].Shape
	axis, err := n.axis("axis", s.Rank())
	if err != nil {
		return nil, err
	}
	return &gather{
		outer: int(s.Elems(0, axis)), length: int(s.Dim(axis)), chunk: int(s.Elems(axis+1, s.Rank())),
		put: putAs(n.In[0].DType),
	}, nil
}

func (k *gather) Run(c *Ctx) error {
	to := 0
	for o := range k.outer {
		for i := range c.In[1].Len() {
			at, err := indexAt(c.In[1], i, k.length)
			if err != nil {
				return err
			}
			k.put(c.Out[0], c.In[0], to, (o*k.length+at)*k.chunk, k.chunk)
			to += k.chunk
		}
	}
	return nil
}

// putFunc puts n elements of src, from a place on, to a place in dst.
type putFunc func(dst, src *tensor.Tensor, to, from, n int)

// putAs returns the function that copies elements of type d.
//
// It is not inlined, so that there is one copy of the function that it returns.
//
//go:noinline
func putAs(d dtype.DType) putFunc {
	if d == dtype.String {
		return func(dst, src *tensor.Tensor, to, from, n int) { copy(dst.Strings[to:][:n], src.Strings[from:]) }
	}
	size := d.Size()
	return func(dst, src *tensor.Tensor, to, from, n int) {
		copy(dst.Data[to*size:][:n*size], src.Data[from*size:])
	}
}

// indexAt returns the i-th of a tensor of indices, int32 or int64, as an index into n elements. A negative one counts
// from their end.
func indexAt(indices *tensor.Tensor, i, n int) (int, error) {
	var at int64
	if indices.DType == dtype.Int32 {
		at = int64(tensor.View[int32](indices)[i])
	} else {
		at = tensor.View[int64](indices)[i]
	}
	if at < -int64(n) || at >= int64(n) {
		return 0, fault.Shape("index %d is out of range for %d elements", at, n)
	}
	if at < 0 {
		at += int64(n)
	}
	return int(at), nil
}
