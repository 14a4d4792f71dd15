package ops

import (
	"cmp"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

var _ = register(&opIf)

var ifBranches = []Attr{{"else_branch", Graph, Required}, {"then_branch", Graph, Required}}

// opIf computes what one of two graphs gives.
var opIf = Op{
	Name: "If",
	Versions: []Version{
		{Since: 1, Again: 1 << 11, In: Args{"bool"}, Out: Args{"V*..."}, Types: []Constraint{{"V", dtype.All}}, Common: &ifBranches, Infer: inferIf, New: newIf},
		{Since: 13, In: Args{"bool"}, Out: Args{"V*..."}, Types: []Constraint{{"V", dtype.Original | dtype.InSequences}}, Common: &ifBranches, Infer: inferIf, New: newIf},
		{Since: 16, Again: 1<<19 | 1<<21 | 1<<23 | 1<<24 | 1<<25, In: Args{"bool"}, Out: Args{"V*..."}, Types: []Constraint{{"V", anything}}, Common: &ifBranches, Infer: inferIf, New: newIf},
	},
}

// anything are the types of values that control flow passes on.
const anything = dtype.All | dtype.InSequences | dtype.InOptionals | dtype.InOptionalSequences

func inferIf(n *Node) error {
	branches := []string{"then_branch", "else_branch"}
	if v := n.In[0].Value; v != nil {
		chosen, err := condition(v)
		if err != nil {
			return err
		}
		if chosen {
			branches = branches[:1]
		} else {
			branches = branches[1:]
		}
	}
	var first error
	typed := 0
	for _, name := range branches {
		b := n.Body(name)
		if len(b.Graph.Inputs) > 0 || len(b.Graph.Outputs) != len(n.Out) {
			return fault.Format("%s has %d inputs and %d outputs instead of none and %d", name, len(b.Graph.Inputs), len(b.Graph.Outputs), len(n.Out))
		}
		out, err := b.Types(b, nil)
		if err != nil {
			// A branch is often there because the other one does not fit these shapes: what is not run may be wrong.
			first = cmp.Or(first, err)
			continue
		}
		typed++
		for j := range out {
			if typed == 1 {
				n.Out[j].Type = out[j].Type
				continue
			}
			var ok bool
			if n.Out[j].Type, ok = meet(&n.Out[j].Type, &out[j].Type); !ok {
				return fault.Format("output %d is %v in one branch and %v in the other", j, &n.Out[j].Type, &out[j].Type)
			}
		}
	}
	if typed == 0 {
		return first
	}
	if first != nil {
		for j := range n.Out {
			n.SetOut(j, shape.Shape{})
		}
	}
	return nil
}

// condition returns the only element of a tensor of bools.
func condition(t *tensor.Tensor) (bool, error) {
	if t.Len() != 1 {
		return false, fault.Shape("a condition of %d elements", t.Len())
	}
	return t.Data[0] != 0, nil
}

// meet returns what is known of a value that is of one of two types, and whether there is such a type: they may differ
// in shapes, and a type that is not known is any.
func meet(a, b *graph.Type) (graph.Type, bool) {
	out := *a
	if _, d := formOf(a); d == dtype.Undefined {
		out = *b
	} else if _, d := formOf(b); d != dtype.Undefined && !a.Same(b) {
		if a.Kind == wire.TypeOptional || b.Kind == wire.TypeOptional { // one of the branches may give none
			return meetOptional(a, b)
		}
		return out, false
	}
	out.Shape = widen(a.Shape, b.Shape)
	return out, true
}

// meetOptional returns the type of an optional and what it may hold, in either order.
func meetOptional(a, b *graph.Type) (graph.Type, bool) {
	if b.Kind == wire.TypeOptional {
		a, b = b, a
	}
	return *a, a.Elem.Same(b)
}

// widen returns the shape that says of each dimension what two shapes agree on.
func widen(a, b shape.Shape) shape.Shape {
	if !a.Ranked() || !b.Ranked() || a.Rank() != b.Rank() {
		return shape.Shape{}
	}
	dims := a.Clone()
	for i := range dims {
		if dims[i] != b.Dim(i) {
			dims[i] = shape.Unknown
		}
	}
	return shape.Of(dims...)
}

// choice is the kernel of If.
type choice struct{ then, otherwise *Body }

func newIf(n *Node) (Kernel, error) {
	return choice{n.Body("then_branch"), n.Body("else_branch")}, nil
}

func (k choice) Run(c *Ctx) error {
	chosen, err := condition(c.In[0])
	if err != nil {
		return err
	}
	b := k.otherwise
	if chosen {
		b = k.then
	}
	out, err := c.Call(b)
	if err != nil {
		return err
	}
	for i := range c.Out {
		if err := c.Deliver(i, out[i]); err != nil {
			return err
		}
	}
	return nil
}
