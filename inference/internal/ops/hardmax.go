package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opHardmax)

// opHardmax computes 1 at the first greatest element along an axis, 0 elsewhere; before version 13 along all
// dimensions from the axis on.
var opHardmax = Op{
	Name: "Hardmax",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Attrs: []Attr{{"axis", Int, 1}}, Infer: inferSoftmax, New: newHardmax, Again: 1 << 11},
		{Since: 13, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Attrs: []Attr{{"axis", Int, -1}}, Infer: inferSoftmax, New: newHardmax},
	},
}

func newHardmax(n *Node) (Kernel, error) {
	return inDoubles(n, hardmaxOf)
}

type hardmax struct{ outer, length, inner int }

func hardmaxOf(n *Node) (Kernel, error) {
	x := n.In[0].Dims()
	axis, err := softmaxAxis(n)
	switch {
	case err != nil:
		return nil, err
	case n.Version.Since < 13 || len(x) == 0:
		return &hardmax{tensor.Elems(x[:axis]), tensor.Elems(x[axis:]), 1}, nil
	}
	return &hardmax{tensor.Elems(x[:axis]), x[axis], tensor.Elems(x[axis+1:])}, nil
}

func (k *hardmax) Run(c *Ctx) error {
	dst, src := tensor.View[float64](c.Out[0]), tensor.View[float64](c.In[0])
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
