package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opSequenceConstruct)

// opSequenceConstruct computes the sequence of the inputs.
var opSequenceConstruct = Op{
	Name: "SequenceConstruct",
	Versions: []Version{
		{Since: 11, In: Args{"T..."}, Out: Args{"S"}, Types: []Constraint{{"T", dtype.All}, {"S", sequences}}, Infer: inferSequenceConstruct, New: newSequenceConstruct},
	},
}

func inferSequenceConstruct(n *Node) error {
	n.Out[0].Type = sequenceOf(n.In[0].Type)
	return nil
}

func newSequenceConstruct(*Node) (Kernel, error) {
	return run(func(c *Ctx) error {
		s := &tensor.Sequence{}
		for _, t := range c.In {
			kept, err := c.Keep(t)
			if err != nil {
				return err
			}
			s.Items = append(s.Items, kept)
		}
		c.Hold(0, s)
		return nil
	}), nil
}
