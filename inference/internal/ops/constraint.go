package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/wire"
)

// Constraint says which types a type variable stands for. Types that the standard did not have yet by the version's
// operator set do not count, so that one literal does for versions that differ in nothing else; none at all are all that
// it had by then. What holds elements is part of the set: see [dtype.Set].
type Constraint struct {
	Var   string
	Types dtype.Set
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

// allows reports whether a set of types has t.
func allows(s dtype.Set, t *graph.Type) bool {
	form, d := formOf(t)
	if form == 0 {
		return s&dtype.NoTensors == 0 && s.Has(d)
	}
	return s&form != 0 && heldBy(form, s).Has(d)
}

// heldBy returns the element types of s that something other than a tensor may hold.
func heldBy(form, s dtype.Set) dtype.Set {
	if s&dtype.OriginalHeld != 0 {
		return s & dtype.Original
	}
	if form == dtype.InOptionalSequences {
		return s & (dtype.Original | 1<<dtype.BF16) // later types came into optional tensors alone
	}
	return s
}

// formOf returns what holds the elements of a value of type t, 0 for a tensor, and their type: Undefined when it is not
// known, or when t is something that no operator knows.
func formOf(t *graph.Type) (form dtype.Set, d dtype.DType) {
	if t == nil {
		return 0, dtype.Undefined
	}
	switch t.Kind {
	case wire.TypeTensor, wire.TypeSparseTensor:
		return 0, t.DType
	case wire.TypeMap:
		if form, d = formOf(t.Elem); form != 0 {
			return form, dtype.Undefined
		}
		if t.Key == dtype.String {
			return dtype.InStringMaps, d
		}
		return dtype.InIntMaps, d
	case wire.TypeSequence:
		switch form, d = formOf(t.Elem); form {
		case 0:
			return dtype.InSequences, d
		case dtype.InIntMaps:
			return dtype.InSequencesOfIntMaps, d
		case dtype.InStringMaps:
			return dtype.InSequencesOfStringMaps, d
		}
	case wire.TypeOptional:
		switch form, d = formOf(t.Elem); form {
		case 0:
			return dtype.InOptionals, d
		case dtype.InSequences:
			return dtype.InOptionalSequences, d
		}
	}
	return 0, dtype.Undefined
}

// BindTypes checks the types of n's inputs against its version's constraints and gives the outputs the types that
// follow. Known is false when an input's type is not known, so that nothing can be said. Reason is not empty when no
// kernel exists for a type. An error means that no engine could run the node.
func (n *Node) BindTypes() (known bool, reason string, err error) {
	type binding struct {
		name string
		t    *graph.Type
	}
	var room [8]binding
	vars := room[:0]
	find := func(name string) *graph.Type {
		for _, b := range vars {
			if b.name == name {
				return b.t
			}
		}
		return nil
	}
	explicit := n.Explicit()
	for i := range n.In {
		in := &n.In[i]
		if !in.Present {
			continue
		}
		if _, d := formOf(&in.Type); d == dtype.Undefined {
			return false, "", nil
		}
		if i >= explicit {
			continue
		}
		arg := n.Version.In.at(i)
		if !allows(n.Version.constraint(arg), &in.Type) {
			return false, in.Type.String() + " as input " + string(rune('0'+i%10)), nil
		}
		if n.Version.In.mixed(i) {
			continue
		}
		bound := find(arg)
		if bound == nil {
			vars = append(vars, binding{arg, &in.Type})
		} else if !bound.Same(&in.Type) {
			return false, "", fault.Format("input %d is %v where %v is needed", i, &in.Type, bound)
		}
	}
	for i := range n.Out {
		o := &n.Out[i]
		arg := n.Version.Out.at(i)
		if t := find(arg); t != nil && !n.Version.Out.mixed(i) {
			o.Type = *t
			o.Shape = shape.Shape{}
			continue
		}
		o.Kind = wire.TypeTensor
		o.DType, _ = dtype.Parse(arg)
	}
	return true, "", nil
}

// CheckOutputs checks what Infer said of n's outputs. Reason is as for BindTypes.
func (n *Node) CheckOutputs() (reason string) {
	for i := range n.Out {
		o := &n.Out[i]
		if o.Present && !allows(n.Version.constraint(n.Version.Out.at(i)), &o.Type) {
			return o.Type.String() + " as output"
		}
	}
	return ""
}
