package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opSqueeze)

// opSqueeze computes x without the named dimensions, which are of length 1, or without all such.
var opSqueeze = Op{
	Name: "Squeeze",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Attrs: []Attr{{"axes", Ints, nil}}, Infer: inferSqueeze, New: newCopy, View: true, Again: 1 << 11},
		{Since: 13, In: Args{"T", "int64?"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Infer: inferSqueeze, New: newCopy, View: true, Again: 1<<21 | 1<<23 | 1<<24 | 1<<25},
	},
}

func inferSqueeze(n *Node) error {
	s := n.In[0].Shape
	list, given, known := n.axesOf(1)
	if !s.Ranked() || !known || !given && !s.Static() {
		return nil
	}
	axes, err := shape.Axes(list, s.Rank())
	if err != nil {
		return err
	}
	var out []shape.Dim
	for i, d := range s.Dims() {
		if given && slices.Contains(axes, i) {
			if d.Known() && d != 1 {
				return fault.Shape("dimension %d of %v is not 1", i, s.Ints())
			}
			continue
		}
		if given || d != 1 {
			out = append(out, d)
		}
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}
