package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opFlatten)

// opFlatten computes x as a matrix: the dimensions before the axis, and those from it on.
var opFlatten = Op{
	Name: "Flatten",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats | 1<<dtype.F16}}, Common: &flattenAttrs, Infer: inferFlatten, New: newCopy, View: true},
		{Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Common: &flattenAttrs, Infer: inferFlatten, New: newCopy, View: true, Again: 1<<11 | 1<<13 | 1<<21 | 1<<23 | 1<<24 | 1<<25},
	},
}

var flattenAttrs = []Attr{{"axis", Int, 1}}

func inferFlatten(n *Node) error {
	s := n.In[0].Shape
	if !s.Ranked() {
		n.SetOut(0, shape.Make(2))
		return nil
	}
	axis, rank := int(n.Int("axis")), s.Rank()
	if axis < -rank || axis > rank {
		return fault.Shape("axis %d is out of range for %d dimensions", axis, rank)
	}
	if axis < 0 {
		axis += rank
	}
	n.SetOut(0, shape.Of(s.Elems(0, axis), s.Elems(axis, rank)))
	return nil
}
