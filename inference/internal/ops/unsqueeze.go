package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opUnsqueeze)

// opUnsqueeze computes x with dimensions of length 1 put in where the axes of the output say.
var opUnsqueeze = Op{
	Name: "Unsqueeze",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Attrs: []Attr{{"axes", Ints, Required}}, Infer: inferUnsqueeze, New: newCopy, View: true, Again: 1 << 11},
		{Since: 13, In: Args{"T", "int64"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Infer: inferUnsqueeze, New: newCopy, View: true, Again: 1<<21 | 1<<23 | 1<<24 | 1<<25},
	},
}

func inferUnsqueeze(n *Node) error {
	s := n.In[0].Shape
	list, _, known := n.axesOf(1)
	if !s.Ranked() || !known {
		return nil
	}
	axes, err := shape.Axes(list, s.Rank()+len(list))
	if err != nil {
		return err
	}
	out := s.Clone()
	for _, a := range axes {
		out = slices.Insert(out, a, 1)
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}
