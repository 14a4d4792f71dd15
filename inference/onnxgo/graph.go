//go:build !riscv64

package onnxgo

import (
	"fmt"
	"slices"

	"github.com/owulveryck/onnx-go"
	"github.com/owulveryck/onnx-go/backend"
	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/iterator"
)

var (
	_ backend.ComputationBackend = (*Graph)(nil)
	_ onnx.DataCarrier           = (*Node)(nil)
	_ onnx.Namer                 = (*Node)(nil)
)

// Options says how a model is run. Zero fields mean their defaults.
type Options struct {
	Opset   int // version of the ai.onnx operators; default as the package comment says
	Threads int // goroutines that share the work of a run; default 1. With more, Close must be called.
}

// Graph is the model that onnx-go builds: a backend.ComputationBackend. Nodes are values, and an edge
// leads from a result to each of its operands, several to the same one where it is used several times.
// A Graph holds one model and belongs to one goroutine.
type Graph struct {
	opts  Options
	nodes []*Node // by ID; nil while NewNode's was not added
	ops   []operation
	prog  *program // nil until the next run
}

// operation is an operator applied once.
type operation struct {
	onnx.Operation
	results []*Node
}

// New returns an empty graph. nil Options are the defaults; wrong ones are reported by Run.
func New(o *Options) *Graph {
	g := new(Graph)
	if o != nil {
		g.opts = *o
	}
	return g
}

// ApplyOperation says how the given nodes are computed. The operands are those that edges lead to.
func (g *Graph) ApplyOperation(op onnx.Operation, results ...graph.Node) error {
	g.forget()
	applied := operation{Operation: op}
	for _, r := range results {
		n, ok := r.(*Node)
		if !ok || n.g != g {
			return fmt.Errorf("onnxgo: %s: node %v is not of this graph", op.Name, r)
		}
		if n.computed {
			return fmt.Errorf("onnxgo: %s: %s is computed twice", op.Name, n)
		}
		applied.results = append(applied.results, n)
	}
	for _, n := range applied.results {
		n.computed = !n.unwanted()
		n.declared = n.t != nil
	}
	g.ops = append(g.ops, applied)
	return nil
}

// NewNode returns a node that is yet to be added.
func (g *Graph) NewNode() graph.Node {
	n := &Node{g: g, id: int64(len(g.nodes))}
	g.nodes = append(g.nodes, nil)
	return n
}

// AddNode adds a node of NewNode's. As gonum's interface has it, it panics when the ID is taken, and
// also when the node is another graph's.
func (g *Graph) AddNode(node graph.Node) {
	n, ok := node.(*Node)
	if !ok || n.g != g {
		panic(fmt.Sprintf("onnxgo: node %v is not of this graph", node))
	}
	if g.nodes[n.id] != nil {
		panic(fmt.Sprintf("onnxgo: there is a node %d already", n.id))
	}
	g.nodes[n.id] = n
}

// NewWeightedEdge returns an edge that is yet to be set. It panics when the nodes are another graph's.
func (g *Graph) NewWeightedEdge(from, to graph.Node, weight float64) graph.WeightedEdge {
	f, okF := from.(*Node)
	t, okT := to.(*Node)
	if !okF || !okT || f.g != g || t.g != g {
		panic(fmt.Sprintf("onnxgo: nodes %v and %v are not of this graph", from, to))
	}
	return &edge{f, t, weight}
}

// SetWeightedEdge adds an edge of NewWeightedEdge's, and its nodes if they are new, beside any edges that
// there are between them. It panics when the edge is another graph's.
func (g *Graph) SetWeightedEdge(e graph.WeightedEdge) {
	own, ok := e.(*edge)
	if !ok || own.from.g != g {
		panic(fmt.Sprintf("onnxgo: edge %v is not of this graph", e))
	}
	for _, n := range []*Node{own.from, own.to} {
		g.nodes[n.id] = n
	}
	own.from.operands = append(own.from.operands, own)
	own.to.users = append(own.to.users, own.from)
	g.forget()
}

// Node returns the node with the given ID, or nil.
func (g *Graph) Node(id int64) graph.Node {
	if n := g.node(id); n != nil {
		return n
	}
	return nil
}

// node is Node without the interface, whose nil would not be nil.
func (g *Graph) node(id int64) *Node {
	if id < 0 || id >= int64(len(g.nodes)) {
		return nil
	}
	return g.nodes[id]
}

// Nodes returns all nodes in the order of their IDs.
func (g *Graph) Nodes() graph.Nodes {
	return ordered(slices.DeleteFunc(slices.Clone(g.nodes), func(n *Node) bool { return n == nil }))
}

// From returns the operands of a node, each once.
func (g *Graph) From(id int64) graph.Nodes {
	var list []*Node
	if n := g.node(id); n != nil {
		for _, e := range n.operands {
			list = append(list, e.to)
		}
	}
	return ordered(list)
}

// To returns the results that a node is an operand of, each once.
func (g *Graph) To(id int64) graph.Nodes {
	if n := g.node(id); n != nil {
		return ordered(slices.Clone(n.users))
	}
	return graph.Empty
}

// ordered iterates over a list in the order of IDs, over each node once.
func ordered(list []*Node) graph.Nodes {
	slices.SortFunc(list, func(a, b *Node) int { return int(a.id - b.id) })
	list = slices.Compact(list)
	nodes := make([]graph.Node, len(list))
	for i, n := range list {
		nodes[i] = n
	}
	return iterator.NewOrderedNodes(nodes)
}

// HasEdgeFromTo reports whether the node vid is an operand of the node uid.
func (g *Graph) HasEdgeFromTo(uid, vid int64) bool { return g.Edge(uid, vid) != nil }

// HasEdgeBetween reports whether one of the nodes is an operand of the other.
func (g *Graph) HasEdgeBetween(xid, yid int64) bool {
	return g.HasEdgeFromTo(xid, yid) || g.HasEdgeFromTo(yid, xid)
}

// Edge returns the first edge from the node uid to its operand vid, or nil.
func (g *Graph) Edge(uid, vid int64) graph.Edge {
	if n := g.node(uid); n != nil {
		for _, e := range n.operands {
			if e.to.id == vid {
				return e
			}
		}
	}
	return nil
}
