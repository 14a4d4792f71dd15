package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/fault"
)

var _ = register(&opSequenceErase)

// opSequenceErase computes a sequence without the item at a position, the last unless it says otherwise.
var opSequenceErase = Op{
	Name: "SequenceErase",
	Versions: []Version{
		{Since: 11, In: Args{"S", "I?"}, Out: Args{"S"}, Types: []Constraint{{"S", sequences}, {"I", indexes}}, Infer: sameShape, New: newSequenceErase},
	},
}

func newSequenceErase(*Node) (Kernel, error) {
	return run(func(c *Ctx) error {
		items, err := c.items(0)
		if err != nil {
			return err
		}
		at := len(items) - 1
		if c.In[1] != nil {
			at, err = positionIn(c.In[1], len(items), at)
		} else if at < 0 {
			err = fault.Shape("an empty sequence has no last item")
		}
		if err != nil {
			return err
		}
		return c.holdItems(0, slices.Delete(slices.Clone(items), at, at+1))
	}), nil
}
