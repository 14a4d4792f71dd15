package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opOptionalHasElement)

// opOptionalHasElement computes whether an optional holds something.
var opOptionalHasElement = Op{
	Name: "OptionalHasElement",
	Versions: []Version{
		{Since: 15, In: Args{"O"}, Out: Args{"bool"}, Types: []Constraint{{"O", optionals}}, Infer: inferOptionalHas, New: newOptionalHas},
		{Since: 18, In: Args{"O?"}, Out: Args{"bool"}, Types: []Constraint{{"O", optionals&^dtype.NoTensors | dtype.InSequences}}, Infer: inferOptionalHas, New: newOptionalHas},
	},
}

func inferOptionalHas(n *Node) error {
	n.SetOut(0, shape.Of())
	return nil
}

func newOptionalHas(*Node) (Kernel, error) {
	return run(func(c *Ctx) error {
		has := c.In[0] != nil
		if has {
			if o, ok := c.In[0].Held.(*tensor.Optional); ok {
				has = o.Item != nil
			}
		}
		tensor.View[bool](c.Out[0])[0] = has
		return nil
	}), nil
}
