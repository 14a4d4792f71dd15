package ops

import (
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opSequenceLength)

// opSequenceLength computes the number of items of a sequence.
var opSequenceLength = Op{
	Name: "SequenceLength",
	Versions: []Version{
		{Since: 11, In: Args{"S"}, Out: Args{"int64"}, Types: []Constraint{{"S", sequences}}, Infer: inferSequenceLength, New: newSequenceLength},
	},
}

func inferSequenceLength(n *Node) error {
	n.SetOut(0, shape.Of())
	return nil
}

func newSequenceLength(*Node) (Kernel, error) {
	return run(func(c *Ctx) error {
		items, err := c.items(0)
		tensor.View[int64](c.Out[0])[0] = int64(len(items))
		return err
	}), nil
}
