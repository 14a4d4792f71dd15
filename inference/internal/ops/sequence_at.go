package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opSequenceAt)

// opSequenceAt computes the item of a sequence at a position.
var opSequenceAt = Op{
	Name: "SequenceAt",
	Versions: []Version{
		{Since: 11, In: Args{"S", "I"}, Out: Args{"T"}, Types: []Constraint{{"S", sequences}, {"I", indexes}, {"T", dtype.All}}, Infer: inferSequenceAt, New: newSequenceAt},
	},
}

func inferSequenceAt(n *Node) error {
	n.Out[0].Type = *n.In[0].Type.Elem
	n.Out[0].Shape = shape.Shape{}
	return nil
}

func newSequenceAt(*Node) (Kernel, error) {
	return run(func(c *Ctx) error {
		items, err := c.items(0)
		if err != nil {
			return err
		}
		at, err := positionIn(c.In[1], len(items), len(items)-1)
		if err != nil {
			return err
		}
		return c.Deliver(0, items[at])
	}), nil
}
