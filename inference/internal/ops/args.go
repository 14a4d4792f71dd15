package ops

import (
	"strings"

	"github.com/brinkml/brink/inference/internal/fault"
)

// Args lists inputs or outputs by type: a type variable of the version's constraints, or an element type's name.
// A suffix "?" marks one that may be left out; "..." the last one, given once or more often, and "...?" the last one,
// given any number of times. With a "*" before the dots each may be of a type of its own.
type Args []string

// at returns the type that the i-th argument has, without its suffix.
func (a Args) at(i int) string {
	return strings.TrimRight(a[min(i, len(a)-1)], "*.?")
}

// mixed reports whether the i-th argument is one of several that need not be of the same type.
func (a Args) mixed(i int) bool { return strings.Contains(a[min(i, len(a)-1)], "*") }

// Arity returns the least and the greatest number of arguments; the greatest is -1 when there is none.
func (a Args) Arity() (least, most int) {
	for i, arg := range a {
		optional := strings.HasSuffix(arg, "?")
		switch {
		case strings.HasSuffix(arg, "...?"):
			return i, -1
		case !optional:
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
	room := len(a)
	if most < 0 && least < room {
		room-- // any number may be none
	}
	out := make([]Operand, max(len(present), room))
	for i, p := range present {
		out[i].Present = p
	}
	return out, nil
}

// Optional reports whether the i-th argument may be left out.
func (a Args) Optional(i int) bool {
	arg := a[min(i, len(a)-1)]
	return strings.HasSuffix(arg, "?") && !strings.HasSuffix(arg, "...?")
}

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
