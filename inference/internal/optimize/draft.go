package optimize

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/check"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// draft is a graph while passes change it. Its lists of nodes and values are its own, and grow and shrink; what these
// refer to belongs to the graph that it comes from, and is replaced, never written to.
//
// A pass notes what becomes of nodes and values with remove, replace and rename while it looks at the nodes in order,
// and has it done to all of the graph by settle at its end.
type draft struct {
	graph  *graph.Graph
	values []check.Value // by graph.ID
	growth *int64        // bytes that new constants may still take

	release func(data []byte) // says that a constant need not stay in memory

	output []bool     // by graph.ID: whether it is an output of the graph
	to     []graph.ID // by graph.ID: what is to be read in its place; itself when it stays
	gone   []bool     // by node
}

func newDraft(p *check.Program, t *check.Typing, growth *int64) *draft {
	g := *p.Graph
	g.Nodes, g.Values = slices.Clone(g.Nodes), slices.Clone(g.Values)
	d := &draft{
		graph: &g, values: slices.Clone(t.Values), growth: growth, release: p.Model.Done,
		output: make([]bool, len(g.Values)), to: make([]graph.ID, len(g.Values)), gone: make([]bool, len(g.Nodes)),
	}
	for _, id := range g.Outputs {
		d.output[id] = true
	}
	for i := range d.to {
		d.to[i] = graph.ID(i)
	}
	return d
}

// read returns the value that stands for id by now.
func (d *draft) read(id graph.ID) graph.ID {
	for id != graph.None && d.to[id] != id {
		d.to[id] = d.to[d.to[id]]
		id = d.to[id]
	}
	return id
}

// node returns the i-th node, with inputs that stand for themselves.
func (d *draft) node(i int) *graph.Node {
	n := &d.graph.Nodes[i]
	n.In = d.current(n.In)
	return n
}

// current returns ids with those replaced that no longer stand for themselves.
func (d *draft) current(ids []graph.ID) []graph.ID {
	cloned := false
	for j, id := range ids {
		if to := d.read(id); to != id {
			if !cloned {
				ids, cloned = slices.Clone(ids), true
			}
			ids[j] = to
		}
	}
	return ids
}

// op returns what the standard says of a node of the standard's own operators whose name is one of those given, or of
// any when there are none, and nil for others.
func (d *draft) op(n *graph.Node, names ...string) *ops.Node {
	if n.Domain != "" || names != nil && !slices.Contains(names, n.Op) {
		return nil
	}
	_, v := ops.Lookup(n.Domain, n.Op, n.Opset)
	if v == nil {
		return nil
	}
	return &ops.Node{Version: v, Attrs: n.Attrs}
}

// remove takes node i out of the graph.
func (d *draft) remove(i int) { d.gone[i] = true }

// replace has everything read to in the place of from, which must be no output of the graph.
func (d *draft) replace(from, to graph.ID) { d.to[from] = to }

// rename has node n make the value to where it made from, and everything read that.
func (d *draft) rename(n *graph.Node, from, to graph.ID) {
	n.Out = slices.Clone(n.Out)
	n.Out[slices.Index(n.Out, from)] = to
	d.to[from] = to
}

// forward has everything read from in the place of the first output of node i, and removes the node. Makers holds the
// nodes that values come from. It reports whether that was possible: an output of the graph must be made by some node.
func (d *draft) forward(i int, from graph.ID, makers []int32) bool {
	out := d.graph.Nodes[i].Out[0]
	switch {
	case !d.output[out]:
		d.replace(out, from)
	case makers[from] >= 0 && !d.output[from]:
		d.rename(&d.graph.Nodes[makers[from]], from, out)
		makers[out] = makers[from]
	default:
		return false
	}
	d.remove(i)
	return true
}

// settle does to all of the graph what was noted.
func (d *draft) settle() {
	kept := d.graph.Nodes[:0]
	for i := range d.graph.Nodes {
		if d.gone[i] {
			continue
		}
		n := d.node(i)
		d.recapture(n)
		kept = append(kept, *n)
	}
	clear(d.graph.Nodes[len(kept):])
	d.graph.Nodes = kept
	clear(d.gone)
	d.gone = d.gone[:len(kept)]
	for i := range d.to {
		d.to[i] = graph.ID(i)
	}
}

// recapture has the bodies of n capture what stands for the values that they capture.
func (d *draft) recapture(n *graph.Node) {
	moved := false
	for body := range n.Bodies {
		for _, c := range body.Captures {
			moved = moved || d.read(c.Outer) != c.Outer
		}
	}
	if !moved {
		return
	}
	capture := func(body *graph.Graph) *graph.Graph {
		b := *body
		b.Captures = slices.Clone(b.Captures)
		for i := range b.Captures {
			b.Captures[i].Outer = d.read(b.Captures[i].Outer)
		}
		return &b
	}
	n.Attrs = slices.Clone(n.Attrs)
	for i := range n.Attrs {
		switch v := n.Attrs[i].Value.(type) {
		case *graph.Graph:
			n.Attrs[i].Value = capture(v)
		case []*graph.Graph:
			v = slices.Clone(v)
			for j := range v {
				v[j] = capture(v[j])
			}
			n.Attrs[i].Value = v
		}
	}
}

// uses counts how often each value is read: by nodes, by bodies and as an output of the graph.
func (d *draft) uses() []int32 {
	uses := make([]int32, len(d.graph.Values))
	for i := range d.graph.Nodes {
		for id := range d.graph.Nodes[i].Reads {
			uses[id]++
		}
	}
	for _, id := range d.graph.Outputs {
		uses[id]++
	}
	return uses
}

// makers returns the node that makes each value, -1 for those that none makes.
func (d *draft) makers() []int32 {
	makers := slices.Repeat([]int32{-1}, len(d.graph.Values))
	for i := range d.graph.Nodes {
		for _, id := range d.graph.Nodes[i].Out {
			if id != graph.None {
				makers[id] = int32(i)
			}
		}
	}
	return makers
}

// constant returns a value that is the same in every run, and nil for any other. Its elements may be Lazy.
func (d *draft) constant(id graph.ID) *tensor.Tensor {
	if id == graph.None || !d.values[id].Constant {
		return nil
	}
	return d.values[id].Known
}

// input returns the j-th input of n, None when it is left out.
func input(n *graph.Node, j int) graph.ID {
	if j < len(n.In) {
		return n.In[j]
	}
	return graph.None
}

// ints returns the integers of a value that is known, whatever the inputs are, as ops.Operand.Ints does. It is for what
// is said of dimensions: longer lists are none.
func (d *draft) ints(id graph.ID) ([]int64, bool) {
	if id == graph.None || d.values[id].Known == nil || d.values[id].Known.Len() > 2*tensor.MaxRank {
		return nil, false
	}
	o := ops.Operand{Type: d.values[id].Type, Value: d.values[id].Known}
	return o.Ints()
}

// addConstant adds a constant to the graph.
func (d *draft) addConstant(name string, t *tensor.Tensor) graph.ID {
	id := graph.ID(len(d.graph.Values))
	typ := graph.TensorType(t.DType, shape.FromInts(t.Shape))
	d.graph.Values = append(d.graph.Values, graph.Value{Name: name, Type: typ, Const: t})
	d.values = append(d.values, check.Value{Type: typ, Known: t, Constant: true})
	d.output = append(d.output, false)
	d.to = append(d.to, id)
	return id
}

// grow reserves room for a new constant, and reports whether there is any left.
func (d *draft) grow(bytes int64) bool {
	if bytes > *d.growth {
		return false
	}
	*d.growth -= bytes
	return true
}

// sameShape reports whether two values have the same shape in every run, as far as can be told.
func (d *draft) sameShape(a, b graph.ID) bool {
	s, t := d.values[a].Shape, d.values[b].Shape
	return s.Ranked() && s.Equal(t) && !slices.Contains(s.Dims(), shape.Unknown)
}

// addValue adds a value that a node is to make.
func (d *draft) addValue(name string, typ graph.Type) graph.ID {
	id := graph.ID(len(d.graph.Values))
	d.graph.Values = append(d.graph.Values, graph.Value{Name: name, Type: typ})
	d.values = append(d.values, check.Value{Type: typ})
	d.output = append(d.output, false)
	d.to = append(d.to, id)
	return id
}
