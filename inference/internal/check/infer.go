package check

import (
	"context"
	"fmt"
	"slices"

	"github.com/brinkml/brink/inference/internal/fault"
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
func (p *Program) Infer(ctx context.Context, shapes map[graph.ID]shape.Shape, base *Typing) (*Typing, error) {
	given := make(map[graph.ID]Value, len(shapes))
	for id, s := range shapes {
		v := Value{Type: p.Graph.Values[id].Type}
		v.Shape = s
		given[id] = v
	}
	return p.infer(newFolder(ctx, p), given, base)
}

// InferBody types the program of a body for inputs of the given types, its declared ones and then what it captures.
func (p *Program) InferBody(ctx context.Context, in []ops.Operand) (*Typing, error) {
	return p.inferBody(newFolder(ctx, p), in)
}

func (p *Program) inferBody(f *folder, in []ops.Operand) (*Typing, error) {
	g := p.Graph
	if len(in) != len(g.Inputs)+len(g.Captures) {
		return nil, fault.Format("graph %q takes %d inputs, %d are given", g.Name, len(g.Inputs), len(in)-len(g.Captures))
	}
	given := make(map[graph.ID]Value, len(in))
	for i := range in {
		given[g.Input(i)] = Value{in[i].Type, in[i].Value, in[i].Constant}
	}
	return p.infer(f, given, nil)
}

// infer types the program, given what is known of some values that no node makes.
func (p *Program) infer(f *folder, given map[graph.ID]Value, base *Typing) (_ *Typing, err error) {
	g := p.Graph
	t := &Typing{Values: make([]Value, len(g.Values)), Nodes: make([]*ops.Node, len(g.Nodes))}
	if err := t.start(g, given); err != nil {
		return nil, err
	}
	current := 0
	defer func() {
		if r := recover(); r != nil {
			t, err = nil, NodeError(g, &g.Nodes[current], fmt.Errorf("internal fault: %v", r))
		}
	}()
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
func (t *Typing) start(g *graph.Graph, given map[graph.ID]Value) error {
	for i := range g.Values {
		v := &g.Values[i]
		t.Values[i].Type = v.Type
		if known, ok := given[graph.ID(i)]; ok {
			t.Values[i] = known
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
	if err := f.step(); err != nil {
		return err
	}
	for _, b := range node.Bodies {
		body := p.Bodies[b.Graph]
		b.Types = func(b *ops.Body, in []ops.Operand) ([]ops.Operand, error) { return body.types(f, b, in) }
	}
	everywhere := true
	for j, id := range n.Operands(node.Explicit()) {
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
			return p.unsupported(i, reason)
		}
		return nil
	}
	if err := node.Version.Infer(node); err != nil {
		return err
	}
	if reason := node.CheckOutputs(); reason != "" {
		return p.unsupported(i, reason)
	}
	if err := f.fold(node, everywhere); err != nil {
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

// types tells what a body makes of inputs of the given types.
func (p *Program) types(f *folder, b *ops.Body, in []ops.Operand) ([]ops.Operand, error) {
	b.In = in
	t, err := p.inferBody(f, slices.Concat(in, b.Captured))
	if err != nil {
		return nil, err
	}
	out := make([]ops.Operand, len(p.Graph.Outputs))
	for i, id := range p.Graph.Outputs {
		v := &t.Values[id]
		out[i] = ops.Operand{Type: v.Type, Present: true, Value: v.Known, Constant: v.Constant}
	}
	return out, nil
}

// unsupported notes that node i cannot run after all. Once the program is frozen that is an error.
func (p *Program) unsupported(i int, reason string) error {
	if p.frozen {
		n := &p.Graph.Nodes[i]
		return &fault.UnsupportedError{Missing: []fault.OpUse{{Name: n.Op, Domain: n.Domain, Opset: n.Opset, Count: 1, Reason: reason}}}
	}
	count(p.missing, &p.Graph.Nodes[i], reason)
	p.Versions[i] = nil
	return nil
}
