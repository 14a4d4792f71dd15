// Package check binds the nodes of a graph to operator versions and tells what is known of every value.
//
// [Bind] looks at the file alone: names, versions, arity, attributes. [Program.Infer] adds types and shapes, for the
// shapes that the model declares or for those that it is about to run with, and computes at once what depends on
// nothing but them.
package check

import (
	"cmp"
	"errors"
	"slices"
	"strconv"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
)

// Program is a graph whose nodes are bound to operator versions.
type Program struct {
	Model    *graph.Model
	Graph    *graph.Graph
	Versions []*ops.Version            // by node; nil where the operator is not supported
	Packs    *ops.Packs                // shared by everything that is planned from this program
	Bodies   map[*graph.Graph]*Program // of its nodes
	Late     Late

	*uses
}

// uses counts the operators of a model, those in the bodies of others included.
type uses struct {
	operators map[opKey]*fault.OpUse
	missing   map[opKey]*fault.OpUse
	frozen    bool
	needs     []need
	found     map[opKey]found
}

// found is what the registry has for an operator.
type found struct {
	op      *ops.Op
	version *ops.Version
}

// lookup finds the version of a node's operator, once for all nodes that have it.
func (u *uses) lookup(n *graph.Node) (*ops.Op, *ops.Version) {
	k := opKey{domain: n.Domain, name: n.Op, opset: n.Opset}
	f, ok := u.found[k]
	if !ok {
		f.op, f.version = ops.Lookup(n.Domain, n.Op, n.Opset)
		u.found[k] = f
	}
	return f.op, f.version
}

// need is an operator that needs one of [ops.Tools].
type need struct {
	tool ops.Tool
	use  fault.OpUse
}

// Lacking returns the operators that need a tool which is not there.
func (p *Program) Lacking(tools *ops.Tools) []fault.OpUse {
	missing := map[opKey]*fault.OpUse{}
	for _, n := range p.needs {
		if !tools.Has(n.tool) {
			reason := "needs Options.Tools." + n.tool.String()
			count(missing, &graph.Node{Op: n.use.Name, Domain: n.use.Domain, Opset: n.use.Opset}, reason)
		}
	}
	return sorted(missing)
}

// Freeze says that all that is unsupported is known: from here on the program does not change, and several goroutines
// may use it.
func (p *Program) Freeze() { p.frozen = true }

// opKey is what one line of a report is about.
type opKey struct {
	domain, name string
	opset        int
	reason       string
}

// Bind finds the operator version of every node of m. Operators that are not supported are noted, not an error; a
// node that no version allows is a *fault.NodeError.
func Bind(m *graph.Model) (*Program, error) {
	u := &uses{operators: map[opKey]*fault.OpUse{}, missing: map[opKey]*fault.OpUse{}, found: map[opKey]found{}}
	return bind(m, m.Main, u)
}

// bind binds the nodes of a graph and of the bodies in it.
func bind(m *graph.Model, g *graph.Graph, u *uses) (*Program, error) {
	p := &Program{
		Model: m, Graph: g, Packs: &ops.Packs{Done: m.Done}, Versions: make([]*ops.Version, len(g.Nodes)),
		Bodies: map[*graph.Graph]*Program{}, uses: u,
	}
	for i := range g.Nodes {
		n := &g.Nodes[i]
		count(p.operators, n, "")
		op, v := u.lookup(n)
		switch {
		case op == nil:
			count(p.missing, n, "no such operator here")
		case v == nil:
			count(p.missing, n, "exists from opset "+strconv.Itoa(op.Versions[0].Since)+" on")
		default:
			if err := checkNode(n, v); err != nil {
				return nil, nodeError(g, n, err)
			}
			p.Versions[i] = v
			if v.Needs != ops.ToolNone {
				p.needs = append(p.needs, need{v.Needs, fault.OpUse{Name: n.Op, Domain: n.Domain, Opset: n.Opset, Count: 1}})
			}
		}
		for body := range n.Bodies {
			var err error
			if p.Bodies[body], err = bind(m, body, u); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

// Operators returns the operators of the model, sorted.
func (p *Program) Operators() []fault.OpUse { return sorted(p.operators) }

// Unsupported returns what the model needs and this engine has not, sorted.
func (p *Program) Unsupported() []fault.OpUse { return sorted(p.missing) }

func sorted(uses map[opKey]*fault.OpUse) []fault.OpUse {
	list := make([]*fault.OpUse, 0, len(uses))
	order := make([]int, len(uses))
	for _, u := range uses {
		order[len(list)] = len(list)
		list = append(list, u)
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := list[i], list[j]
		return cmp.Or(cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Opset, b.Opset),
			cmp.Compare(a.Reason, b.Reason))
	})
	out := make([]fault.OpUse, len(order))
	for i, at := range order {
		out[i] = *list[at]
	}
	return out
}

// count adds a use of n's operator to uses.
func count(uses map[opKey]*fault.OpUse, n *graph.Node, reason string) {
	k := opKey{n.Domain, n.Op, n.Opset, reason}
	if uses[k] == nil {
		uses[k] = &fault.OpUse{Name: n.Op, Domain: n.Domain, Opset: n.Opset, Reason: reason}
	}
	uses[k].Count++
}

// checkNode checks arity and attributes.
func checkNode(n *graph.Node, v *ops.Version) error {
	if _, err := arrange(n, v); err != nil {
		return err
	}
	for i := range v.Attrs {
		a := &v.Attrs[i]
		if a.IsRequired() && !slices.ContainsFunc(n.Attrs, func(g graph.Attr) bool { return g.Name == a.Name }) {
			return fault.Format("attribute %q is missing", a.Name)
		}
	}
	for i, a := range n.Attrs {
		if legacy(n, a.Name) {
			continue
		}
		decl := v.Attr(a.Name)
		switch {
		case decl == nil:
			return fault.Format("attribute %q is not one of this operator", a.Name)
		case decl.Kind != a.Kind:
			return fault.Format("attribute %q is of kind %d, not %d", a.Name, a.Kind, decl.Kind)
		case slices.ContainsFunc(n.Attrs[:i], func(g graph.Attr) bool { return g.Name == a.Name }):
			return fault.Format("attribute %q is given twice", a.Name)
		}
	}
	return nil
}

// legacy reports whether an attribute is a hint about memory that operator sets before 6 allowed on many operators.
func legacy(n *graph.Node, attr string) bool {
	return n.Domain == "" && n.Opset < 6 && attr == "consumed_inputs"
}

// arrange makes the node that Infer and New see, without types yet.
func arrange(n *graph.Node, v *ops.Version) (*ops.Node, error) {
	given := func(ids []graph.ID) []bool {
		out := make([]bool, len(ids))
		for i, id := range ids {
			out[i] = id != graph.None
		}
		return out
	}
	node := &ops.Node{Version: v, Attrs: n.Attrs}
	if err := node.Arrange(given(n.In), given(n.Out)); err != nil {
		return nil, err
	}
	node.Capture()
	return node, nil
}

// nodeError wraps an error with the node that it belongs to.
func nodeError(g *graph.Graph, n *graph.Node, err error) error {
	if _, ok := errors.AsType[*fault.NodeError](err); ok {
		return err
	}
	return NodeError(g, n, err)
}

// NodeError wraps an error with the node that it belongs to.
func NodeError(g *graph.Graph, n *graph.Node, err error) error {
	return &fault.NodeError{Node: g.Display(n), Op: n.Op, Domain: n.Domain, Opset: n.Opset, Err: err}
}
