package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
)

var _ = register(&opSequenceInsert)

// opSequenceInsert computes a sequence with one more item at a position, the end unless it says otherwise.
var opSequenceInsert = Op{
	Name: "SequenceInsert",
	Versions: []Version{
		{Since: 11, In: Args{"S", "T", "I?"}, Out: Args{"S"}, Types: []Constraint{{"S", sequences}, {"T", dtype.All}, {"I", indexes}}, Infer: inferSequenceInsert, New: newSequenceInsert},
	},
}

func inferSequenceInsert(n *Node) error {
	if have, add := n.In[0].Type.Elem, &n.In[1].Type; !have.Same(add) {
		return fault.Format("%v cannot be inserted into a sequence of %v", add, have)
	}
	return nil
}

func newSequenceInsert(*Node) (Kernel, error) {
	return run(func(c *Ctx) error {
		items, err := c.items(0)
		if err != nil {
			return err
		}
		at := len(items)
		if c.In[2] != nil {
			if at, err = positionIn(c.In[2], len(items), len(items)); err != nil {
				return err
			}
		}
		item, err := c.Keep(c.In[1])
		if err != nil {
			return err
		}
		return c.holdItems(0, slices.Insert(slices.Clip(slices.Clone(items)), at, item))
	}), nil
}
