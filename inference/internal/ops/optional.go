package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

var _ = register(&opOptional)

// opOptional computes an optional that holds x, or nothing.
var opOptional = Op{
	Name: "Optional",
	Versions: []Version{
		{
			Since: 15, In: Args{"V?"}, Out: Args{"O"},
			Types: []Constraint{{"V", dtype.Original | dtype.InSequences}, {"O", optionals}},
			Attrs: []Attr{{"type", Type, nil}}, Infer: inferOptional, New: newOptional,
		},
	},
}

func inferOptional(n *Node) error {
	elem, ok := n.attr("type").(graph.Type)
	if n.Has(0) {
		if ok && !elem.Same(&n.In[0].Type) {
			return fault.Format("%v is given where the attribute says %v", &n.In[0].Type, &elem)
		}
		elem, ok = n.In[0].Type, true
	}
	if !ok {
		return fault.Format("attribute %q is missing", "type")
	}
	elem.Shape = shape.Shape{}
	n.Out[0].Type = graph.Type{Kind: wire.TypeOptional, Elem: &elem}
	return nil
}

func newOptional(*Node) (Kernel, error) {
	return run(func(c *Ctx) error {
		o := &tensor.Optional{}
		if c.In[0] != nil {
			kept, err := c.Keep(c.In[0])
			if err != nil {
				return err
			}
			o.Item = kept.Unwrap()
		}
		c.Hold(0, o)
		return nil
	}), nil
}
