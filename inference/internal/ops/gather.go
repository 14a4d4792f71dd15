package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(Op{
	Name: "Gather",
	Doc:  "the slices of x along an axis that indices name",
	Versions: widening(
		Version{
			In: Args{"T", "Tind"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}, {"Tind", indexes}},
			Attrs: []Attr{{"axis", Int, 0}}, Infer: inferGather, New: newGather,
		}, 1, 13),
})

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

// gatherer copies, for each of outer blocks, the chunks of elements that the indices name.
type gatherer struct {
	outer, length, chunk int // blocks, chunks in each, elements in each chunk
	copyChunk            func(dst, src *tensor.Tensor, to, from, n int)
}

func newGather(n *Node) (Kernel, error) {
	s := n.In[0].Shape
	axis, err := n.axis("axis", s.Rank())
	if err != nil {
		return nil, err
	}
	return &gatherer{
		outer: int(s.Elems(0, axis)), length: int(s.Dim(axis)), chunk: int(s.Elems(axis+1, s.Rank())),
		copyChunk: copyElems(n.In[0].DType),
	}, nil
}

// copyElems returns a function that copies n elements of type d between places in tensors.
func copyElems(d dtype.DType) func(dst, src *tensor.Tensor, to, from, n int) {
	if d == dtype.String {
		return func(dst, src *tensor.Tensor, to, from, n int) { copy(dst.Strings[to:][:n], src.Strings[from:]) }
	}
	size := d.Size()
	return func(dst, src *tensor.Tensor, to, from, n int) {
		copy(dst.Data[to*size:][:n*size], src.Data[from*size:])
	}
}

func (k *gatherer) Run(c *Ctx) error {
	if c.In[1].DType == dtype.Int32 {
		return gatherChunks(k, c, tensor.View[int32](c.In[1]))
	}
	return gatherChunks(k, c, tensor.View[int64](c.In[1]))
}

func gatherChunks[I int32 | int64](k *gatherer, c *Ctx, indices []I) error {
	to := 0
	for o := range k.outer {
		for _, i := range indices {
			at, err := resolve(i, k.length)
			if err != nil {
				return err
			}
			k.copyChunk(c.Out[0], c.In[0], to, (o*k.length+at)*k.chunk, k.chunk)
			to += k.chunk
		}
	}
	return nil
}

// resolve turns an index from a tensor, which counts from the end when negative, into one of a dimension of length n.
func resolve[I int32 | int64](i I, n int) (int, error) {
	at := int64(i)
	if at < 0 {
		at += int64(n)
	}
	if at < 0 || at >= int64(n) {
		return 0, fault.Shape("index %d is out of range for %d elements", i, n)
	}
	return int(at), nil
}
