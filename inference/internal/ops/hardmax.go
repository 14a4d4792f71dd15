package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opHardmax)

var opHardmax = Op{
	Name: "Hardmax",
	Doc:  "1 at the first greatest element along an axis, 0 elsewhere; before version 13 along all dimensions from the axis on",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Attrs: []Attr{{"axis", Int, 1}}, Infer: inferSoftmax, New: newHardmax, Again: []int{11}},
		{Since: 13, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Attrs: []Attr{{"axis", Int, -1}}, Infer: inferSoftmax, New: newHardmax},
	},
}

func newHardmax(n *Node) (Kernel, error) {
	return choose(n, typed[float32](hardmaxOf[float32]), typed[float64](hardmaxOf[float64]))
}

type hardmax[T kernels.Float] struct{ outer, length, inner int }

func hardmaxOf[T kernels.Float](n *Node) (Kernel, error) {
	x := n.In[0].Dims()
	axis, err := softmaxAxis(n)
	switch {
	case err != nil:
		return nil, err
	case n.Version.Since < 13 || len(x) == 0:
		return &hardmax[T]{tensor.Elems(x[:axis]), tensor.Elems(x[axis:]), 1}, nil
	}
	return &hardmax[T]{tensor.Elems(x[:axis]), x[axis], tensor.Elems(x[axis+1:])}, nil
}

func (k *hardmax[T]) Run(c *Ctx) error {
	dst, src := tensor.View[T](c.Out[0]), tensor.View[T](c.In[0])
	clear(dst)
	if k.length == 0 {
		return nil
	}
	for o := range k.outer {
		for i := range k.inner {
			start := o*k.length*k.inner + i
			dst[start+k.inner*kernels.Arg(src[start:], k.length, k.inner, true, false)] = 1
		}
	}
	return nil
}
