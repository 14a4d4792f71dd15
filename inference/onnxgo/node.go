//go:build !riscv64

package onnxgo

import (
	"errors"
	"strconv"

	"gonum.org/v1/gonum/graph"
	"gorgonia.org/tensor"
)

// Node is a value of a model: given, or computed from the values that its edges lead to. It implements
// onnx.Namer and onnx.DataCarrier.
type Node struct {
	g        *Graph
	id       int64
	name     string
	named    bool
	operands []*edge // leading away from the node, in no particular order
	users    []*Node // the nodes with an edge to this one, once for each edge
	computed bool    // an operation gives it
	declared bool    // a tensor stood for its type before an operation claimed it
	variable bool    // an input: its tensor was given once the model was complete
	t        tensor.Tensor
}

// ID returns the node's number, which counts up from 0 in the order of NewNode.
func (n *Node) ID() int64 { return n.id }

// GetName returns the name of the value.
func (n *Node) GetName() string { return n.name }

// SetName names the value. ONNX uses the empty name for optional inputs and outputs that are left out.
func (n *Node) SetName(name string) { n.name, n.named = name, true }

// GetTensor returns what was given, or after a run what was computed.
func (n *Node) GetTensor() tensor.Tensor { return n.t }

// SetTensor gives the node its value. The package comment says when it is a weight and when an input.
func (n *Node) SetTensor(t tensor.Tensor) error {
	switch {
	case t == nil:
		return errors.New("onnxgo: the tensor is nil")
	case n.computed:
		return errors.New("onnxgo: " + n.String() + " is computed and cannot be given")
	case len(n.g.ops) == 0:
		n.g.forget()
	case !n.variable || n.t.Dtype() != t.Dtype():
		n.variable = true
		n.g.forget()
	}
	n.t = t
	return nil
}

// String returns the name, or the number of a node that has none.
func (n *Node) String() string {
	if n.name != "" {
		return strconv.Quote(n.name)
	}
	return "node " + strconv.FormatInt(n.id, 10)
}

// unwanted reports whether the node has the empty name that stands for what is left out.
func (n *Node) unwanted() bool { return n.named && n.name == "" }

// omitted reports whether the node stands for an optional input that is left out: one with the empty
// name, or a value that nobody gives, such as onnx-go makes up for an operator without inputs.
func (n *Node) omitted() bool {
	return n.unwanted() || !n.computed && n.t == nil
}

// edge leads from a result to one of its operands; the weight is the operand's position.
type edge struct {
	from, to *Node
	weight   float64
}

func (e *edge) From() graph.Node         { return e.from }
func (e *edge) To() graph.Node           { return e.to }
func (e *edge) Weight() float64          { return e.weight }
func (e *edge) ReversedEdge() graph.Edge { return e } // an operand does not depend on its result
