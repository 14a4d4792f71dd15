package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opCompress)

// opCompress computes the slices of x along an axis, or its elements, for which the condition holds.
var opCompress = Op{
	Name: "Compress",
	Versions: []Version{
		{
			Since: 9, In: Args{"T", "T1"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}, {"T1", dtype.Bools}},
			Attrs: []Attr{{"axis", Int, nil}}, Infer: inferCompress, New: newCompress, Again: 1 << 11,
		},
	},
}

func inferCompress(n *Node) error {
	if !n.HasAttr("axis") {
		n.SetOut(0, shape.Make(1))
		return nil
	}
	s := n.In[0].Shape
	if !s.Ranked() {
		return nil
	}
	axis, err := n.axis("axis", s.Rank())
	if err != nil {
		return err
	}
	n.SetOut(0, s.With(axis, shape.Unknown))
	return nil
}

type compress struct {
	dims                 []int // of the output; that of the axis is filled in
	axis                 int
	outer, length, chunk int
	put                  putFunc
}

func newCompress(n *Node) (Kernel, error) {
	x := n.In[0].Dims()
	k := &compress{dims: []int{0}, outer: 1, length: tensor.Elems(x), chunk: 1, put: putAs(n.In[0].DType)}
	if n.HasAttr("axis") {
		var err error
		if k.axis, err = n.axis("axis", len(x)); err != nil {
			return nil, err
		}
		k.dims, k.outer, k.length, k.chunk = x, tensor.Elems(x[:k.axis]), x[k.axis], tensor.Elems(x[k.axis+1:])
	}
	return k, nil
}

func (k *compress) Run(c *Ctx) error {
	keep := tensor.View[bool](c.In[1])
	keep = keep[:min(len(keep), k.length)]
	dims := append([]int(nil), k.dims...)
	dims[k.axis] = 0
	for _, yes := range keep {
		if yes {
			dims[k.axis]++
		}
	}
	out, err := c.Alloc(0, c.In[0].DType, dims)
	if err != nil {
		return err
	}
	to := 0
	for o := range k.outer {
		for i, yes := range keep {
			if yes {
				k.put(out, c.In[0], to, (o*k.length+i)*k.chunk, k.chunk)
				to += k.chunk
			}
		}
	}
	return nil
}
