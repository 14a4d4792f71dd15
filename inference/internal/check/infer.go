package check

import (
	"context"
	"fmt"

	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// Typing is what is known of a program's values for one set of input shapes.
type Typing struct {
	Values []Value     // by graph.ID
	Nodes  []*ops.Node // by node; nil where nothing is to be run, or nothing can be
}

// Value is what is known of a value.
type Value struct {
	graph.Type
	Known    *tensor.Tensor // the value itself; nil when it is computed during a run
	Constant bool           // Known is the same for every shape of the inputs
}

// known returns the value itself when there is no need to wait for it: when it was computed, or has no elements.
func (v *Value) known() *tensor.Tensor {
	if v.Known == nil && v.Kind == wire.TypeTensor && v.DType.Valid() && v.Shape.Static() && tensor.Elems(v.Shape.Ints()) == 0 {
		return tensor.New(v.DType, v.Shape.Ints())
	}
	return v.Known
}

// Infer types the program. Shapes gives inputs the shapes that they will be run with; those it does not name have the
// shapes that the model declares, and initializers among the inputs then have their values. Base, which may be nil,
// is an earlier result for the same program with no initializer replaced: what it folded is not computed again.
func (p *Program) Infer(ctx context.Context, shapes map[graph.ID]shape.Shape, base *Typing) (_ *Typing, err error) {
	g := p.Graph
	t := &Typing{Values: make([]Value, len(g.Values)), Nodes: make([]*ops.Node, len(g.Nodes))}
	if err := t.start(g, shapes); err != nil {
		return nil, err
	}
	current := 0
	defer func() {
		if r := recover(); r != nil {
			t, err = nil, NodeError(g, &g.Nodes[current], fmt.Errorf("internal fault: %v", r))
		}
	}()
	f := newFolder(ctx, g)
	for i := range g.Nodes {
		current = i
		if p.Versions[i] == nil || t.fromBase(&g.Nodes[i], base) {
			continue
		}
		if err := p.inferNode(i, t, f); err != nil {
			return nil, nodeError(g, &g.Nodes[i], err)
		}
	}
	return t, nil
}

// start notes what is known of values before any node is looked at.
func (t *Typing) start(g *graph.Graph, shapes map[graph.ID]shape.Shape) error {
	for i := range g.Values {
		v := &g.Values[i]
		t.Values[i].Type = v.Type
		if s, ok := shapes[graph.ID(i)]; ok {
			t.Values[i].Shape = s
		} else if v.Const != nil {
			t.Values[i] = constant(v.Const, true)
		}
	}
	for i := range g.Nodes {
		for _, id := range g.Nodes[i].Out {
			if id != graph.None { // what a file claims of the shapes of values in between is a hint at best
				t.Values[id].Shape = shape.Shape{}
			}
		}
	}
	for i := range t.Values {
		if err := checkSize(&t.Values[i]); err != nil {
			return fmt.Errorf("inference: value %q: %w", g.Values[i].Name, err)
		}
	}
	return nil
}

// constant returns what is known of a value that is t.
func constant(t *tensor.Tensor, everywhere bool) Value {
	return Value{Type: graph.TensorType(t.DType, shape.FromInts(t.Shape)), Known: t, Constant: everywhere}
}

// checkSize refuses shapes of which the known part alone exceeds what can be addressed.
func checkSize(v *Value) error {
	if v.Kind != wire.TypeTensor {
		return nil
	}
	dims := v.Shape.Ints()
	for i, d := range dims {
		if d < 0 {
			dims[i] = 1
		}
	}
	_, err := tensor.Bytes(v.DType, dims)
	return err
}

// fromBase takes over what base folded of n, and reports whether that was all of it.
func (t *Typing) fromBase(n *graph.Node, base *Typing) bool {
	if base == nil {
		return false
	}
	for _, id := range n.Out {
		if id != graph.None && !(base.Values[id].Known != nil && base.Values[id].Constant) {
			return false
		}
	}
	for _, id := range n.Out {
		if id != graph.None {
			t.Values[id] = base.Values[id]
		}
	}
	return true
}

// inferNode types the outputs of node i, and computes them when all its inputs are known.
func (p *Program) inferNode(i int, t *Typing, f *folder) error {
	n := &p.Graph.Nodes[i]
	node, err := arrange(n, p.Versions[i])
	if err != nil {
		return err
	}
	node.Packs = p.Packs
	everywhere := true
	for j, id := range n.In {
		if id != graph.None {
			v := &t.Values[id]
			node.In[j].Type, node.In[j].Value, node.In[j].Constant = v.Type, v.known(), v.Constant
			everywhere = everywhere && v.Constant
		}
	}
	known, reason, err := node.BindTypes()
	if err != nil {
		return err
	}
	if !known {
		if reason != "" {
			p.unsupported(i, reason)
		}
		return nil
	}
	if err := node.Version.Infer(node); err != nil {
		return err
	}
	if reason := node.CheckOutputs(); reason != "" {
		p.unsupported(i, reason)
		return nil
	}
	if err := f.fold(node); err != nil {
		return err
	}
	computed := true
	for j, id := range n.Out {
		o := &node.Out[j]
		if id == graph.None {
			continue
		}
		v := &t.Values[id]
		if o.Value != nil {
			*v = constant(o.Value, everywhere)
			continue
		}
		computed = false
		v.Type = o.Type
		if err := checkSize(v); err != nil {
			return err
		}
	}
	if !computed {
		t.Nodes[i] = node
	}
	return nil
}

// unsupported notes that node i cannot run after all.
func (p *Program) unsupported(i int, reason string) {
	count(p.missing, &p.Graph.Nodes[i], reason)
	p.Versions[i] = nil
}
