package ops

import "github.com/brinkml/brink/inference/internal/dtype"

var _ = register(&opIdentity)

// opIdentity computes x.
var opIdentity = Op{
	Name: "Identity",
	Versions: []Version{
		{Since: 1, Again: 1 << 13, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.All}}, Infer: sameShape, New: newIdentity, View: true},
		{Since: 14, In: Args{"V"}, Out: Args{"V"}, Types: []Constraint{{"V", dtype.InSequences | dtype.OriginalHeld}}, Infer: sameShape, New: newIdentity, View: true},
		{Since: 16, Again: 1<<19 | 1<<21 | 1<<23 | 1<<24 | 1<<25, In: Args{"V"}, Out: Args{"V"}, Types: []Constraint{{"V", anything | dtype.OriginalHeld}}, Infer: sameShape, New: newIdentity, View: true},
	},
}

func newIdentity(n *Node) (Kernel, error) {
	if _, d := formOf(&n.In[0].Type); boxed(n.In[0].Type.Kind) && d != dtype.Undefined {
		return run(func(c *Ctx) error { return c.Deliver(0, c.In[0]) }), nil
	}
	return newCopy(n)
}
