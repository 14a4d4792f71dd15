package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

var _ = register(&opOptionalGetElement)

// opOptionalGetElement computes what an optional holds.
var opOptionalGetElement = Op{
	Name: "OptionalGetElement",
	Versions: []Version{
		{
			Since: 15, In: Args{"O"}, Out: Args{"V"},
			Types: []Constraint{{"O", optionals}, {"V", dtype.Original | dtype.InSequences}}, Infer: inferOptionalGet, New: newOptionalGet,
		},
		{
			Since: 18, In: Args{"O"}, Out: Args{"V"},
			Types: []Constraint{{"O", optionals&^dtype.NoTensors | dtype.InSequences}, {"V", dtype.Original | dtype.InSequences}}, Infer: inferOptionalGet, New: newOptionalGet,
		},
	},
}

func inferOptionalGet(n *Node) error {
	n.Out[0].Type = n.In[0].Type
	if n.In[0].Kind == wire.TypeOptional {
		n.Out[0].Type = *n.In[0].Type.Elem
		n.Out[0].Shape = shape.Shape{}
	}
	return nil
}

func newOptionalGet(*Node) (Kernel, error) {
	return run(func(c *Ctx) error {
		o, ok := c.In[0].Held.(*tensor.Optional)
		if !ok {
			return c.Deliver(0, c.In[0])
		}
		if o.Item == nil {
			return fault.Format("the optional is empty")
		}
		return c.Deliver(0, tensor.Wrap(o.Item))
	}), nil
}
