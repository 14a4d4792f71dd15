// Package graph is the engine's view of a model: nodes and values that know each other by number.
//
// It is built once from the decoded file by [Build]: names resolved, attributes decoded, constants made into tensors,
// local functions expanded in place, nodes in an order in which each comes after those it reads from. Nothing in it
// knows what any operator means; that is told by package ops.
package graph

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// Model is a whole model.
type Model struct {
	Main    *Graph
	Opsets  map[string]int // version imported of each domain; "" is ai.onnx
	Symbols []string       // names of shape.Symbol(0), shape.Symbol(1), ...

	// Release, which may be nil, says that data, of a constant, need not stay in memory: it will hardly be looked at again.
	Release func(data []byte)
}

// Done says that the data of a constant will hardly be looked at again.
func (m *Model) Done(data []byte) {
	if m.Release != nil {
		m.Release(data)
	}
}

// ID numbers a value within its graph.
type ID int32

// None stands for an optional input or output that is left out.
const None ID = -1

// Graph is the main graph of a model or the body of a control-flow node.
type Graph struct {
	Name     string
	Nodes    []Node  // each after the nodes that it reads from
	Values   []Value // by ID
	Inputs   []ID    // as declared; those whose value has a Const need not be given
	Outputs  []ID
	Captures []Capture // what a body reads of the graph around it
}

// Value is one value of a graph.
type Value struct {
	Name  string
	Type  Type           // as declared; zero when it is not
	Const *tensor.Tensor // an initializer's value
}

// Capture is a value of the enclosing graph that a body reads as its own.
type Capture struct{ Outer, Inner ID }

// Input returns the i-th value that a body is given: its inputs, and then what it captures.
func (g *Graph) Input(i int) ID {
	if i < len(g.Inputs) {
		return g.Inputs[i]
	}
	return g.Captures[i-len(g.Inputs)].Inner
}

// Node is one use of an operator.
type Node struct {
	Name   string // as in the file; may be empty
	Op     string
	Domain string // "" is ai.onnx
	Opset  int    // version of Domain that applies here
	In     []ID   // None where left out
	Out    []ID
	Attrs  []Attr
}

// Type is what is known of a value before it exists.
type Type struct {
	Kind  wire.TypeKind
	DType dtype.DType // TypeTensor, TypeSparseTensor: the elements' type; Undefined when not known
	Shape shape.Shape // TypeTensor, TypeSparseTensor
	Elem  *Type       // TypeSequence, TypeOptional: what it holds; TypeMap: its values
	Key   dtype.DType // TypeMap
}

// TensorType returns the type of tensors of d with shape s.
func TensorType(d dtype.DType, s shape.Shape) Type {
	return Type{Kind: wire.TypeTensor, DType: d, Shape: s}
}

// Attr is a decoded attribute. Value's type follows from Kind: float32, int64, string, *tensor.Tensor, *Graph, Type,
// or a slice of one of these.
type Attr struct {
	Name  string
	Kind  wire.AttrType
	Value any
}

// Display returns the name by which messages call n: its own, or that of its first output.
func (g *Graph) Display(n *Node) string {
	if n.Name != "" {
		return n.Name
	}
	for _, id := range n.Out {
		if id != None {
			return g.Values[id].Name
		}
	}
	return n.Op
}

// Bodies yields the subgraphs among n's attributes.
func (n *Node) Bodies(yield func(*Graph) bool) {
	for _, a := range n.Attrs {
		switch v := a.Value.(type) {
		case *Graph:
			if !yield(v) {
				return
			}
		case []*Graph:
			for _, g := range v {
				if !yield(g) {
					return
				}
			}
		}
	}
}

// Operands returns the values that n's inputs have when there are room for those it names, so many that an operator
// declares, and then those that its bodies capture.
func (n *Node) Operands(room int) []ID {
	out := make([]ID, room)
	for i := range out {
		out[i] = None
		if i < len(n.In) {
			out[i] = n.In[i]
		}
	}
	for body := range n.Bodies {
		for _, c := range body.Captures {
			out = append(out, c.Outer)
		}
	}
	return out
}

// Reads yields every value of its own graph that n reads: its inputs, and what its bodies capture.
func (n *Node) Reads(yield func(ID) bool) {
	for _, id := range n.In {
		if id != None && !yield(id) {
			return
		}
	}
	for body := range n.Bodies {
		for _, c := range body.Captures {
			if !yield(c.Outer) {
				return
			}
		}
	}
}
