package ops

import (
	"strings"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/wire"
)

// at returns the type that the i-th argument has, without its suffix.
func (a Args) at(i int) string {
	return strings.TrimRight(a[min(i, len(a)-1)], "?.")
}

// Arity returns the least and the greatest number of arguments; the greatest is -1 when there is none.
func (a Args) Arity() (least, most int) {
	for i, arg := range a {
		if !strings.HasSuffix(arg, "?") {
			least = i + 1
		}
		if strings.HasSuffix(arg, "...") {
			return least, -1
		}
	}
	return least, len(a)
}

// arrange makes the operands for a node that names the given values, checking their number: present says of each
// whether it is given. The result is as long as a, so that an optional argument at the end can be asked for.
func (a Args) arrange(what string, present []bool) ([]Operand, error) {
	least, most := a.Arity()
	if len(present) < least || most >= 0 && len(present) > most {
		switch {
		case most < 0:
			return nil, fault.Format("%d %s, at least %d needed", len(present), what, least)
		case least == most:
			return nil, fault.Format("%d %s, %d needed", len(present), what, least)
		}
		return nil, fault.Format("%d %s, %d to %d needed", len(present), what, least, most)
	}
	out := make([]Operand, max(len(present), len(a)))
	for i, p := range present {
		out[i].Present = p
	}
	return out, nil
}

// Optional reports whether the i-th argument may be left out.
func (a Args) Optional(i int) bool { return strings.HasSuffix(a[min(i, len(a)-1)], "?") }

// Arrange sets n.In and n.Out for a node that gives these inputs and wants these outputs.
func (n *Node) Arrange(in, out []bool) error {
	var err error
	if n.In, err = n.Version.In.arrange("inputs", in); err != nil {
		return err
	}
	for i := range n.In {
		if !n.In[i].Present && !n.Version.In.Optional(i) {
			return fault.Format("input %d is left out", i)
		}
	}
	n.Out, err = n.Version.Out.arrange("outputs", out)
	for i := range n.Out {
		// A kernel always gets what it must make, whether anyone reads it or not.
		n.Out[i].Present = n.Out[i].Present || !n.Version.Out.Optional(i)
	}
	return err
}

// constraint returns the types that a type variable or an element type's name stands for.
func (v *Version) constraint(name string) dtype.Set {
	for _, c := range v.Types {
		if c.Var == name {
			return c.Types
		}
	}
	if d, ok := dtype.Parse(name); ok {
		return dtype.SetOf(d)
	}
	return 0
}

// BindTypes checks the types of n's inputs against its version's constraints and gives the outputs the types that
// follow. Known is false when an input's type is not known, so that nothing can be said. Reason is not empty when no
// kernel exists for a type. An error means that no engine could run the node.
func (n *Node) BindTypes() (known bool, reason string, err error) {
	var bound [8]struct {
		name string
		d    dtype.DType
	}
	vars := bound[:0]
	find := func(name string) dtype.DType {
		for _, b := range vars {
			if b.name == name {
				return b.d
			}
		}
		return dtype.Undefined
	}
	for i := range n.In {
		in := &n.In[i]
		if !in.Present {
			continue
		}
		if in.Kind == wire.TypeNone || in.Kind == wire.TypeTensor && in.DType == dtype.Undefined {
			return false, "", nil
		}
		if in.Kind != wire.TypeTensor {
			return false, "an input that is no tensor", nil
		}
		arg := n.Version.In.at(i)
		if !n.Version.constraint(arg).Has(in.DType) {
			return false, in.DType.String() + " as input " + string(rune('0'+i%10)), nil
		}
		switch d := find(arg); d {
		case dtype.Undefined:
			vars = append(vars, struct {
				name string
				d    dtype.DType
			}{arg, in.DType})
		case in.DType:
		default:
			return false, "", fault.Format("input %d is %v where %v is needed", i, in.DType, d)
		}
	}
	for i := range n.Out {
		arg := n.Version.Out.at(i)
		d := find(arg)
		if d == dtype.Undefined {
			d, _ = dtype.Parse(arg)
		}
		n.Out[i].Kind, n.Out[i].DType = wire.TypeTensor, d
	}
	return true, "", nil
}

// CheckOutputs checks what Infer said of n's outputs. Reason is as for BindTypes.
func (n *Node) CheckOutputs() (reason string) {
	for i := range n.Out {
		o := &n.Out[i]
		if o.Present && !n.Version.constraint(n.Version.Out.at(i)).Has(o.DType) {
			return o.DType.String() + " as output"
		}
	}
	return ""
}
