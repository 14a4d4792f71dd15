package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// Body is a graph that a node runs as part of its own work. What it reads of the graph around it are further inputs of
// the node, after those that the operator declares.
type Body struct {
	Graph *graph.Graph

	// Captured are those of the node's inputs that the graph reads by itself, in the order of its Captures; First is
	// the first of them.
	Captured []Operand
	First    int

	// In is what the graph was last said to be given: of a container the type cannot be seen from the value.
	In []Operand

	// Types tells what the graph makes of inputs of the given types, its declared ones, from which the values of some
	// may be known.
	Types func(b *Body, in []Operand) ([]Operand, error)
}

// Body returns the body that an attribute gives, or nil.
func (n *Node) Body(name string) *Body {
	g := n.Graph(name)
	for _, b := range n.Bodies {
		if b.Graph == g {
			return b
		}
	}
	return nil
}

// Explicit returns the number of n's inputs that its operator declares, or that are given of a variadic one. Its bodies
// read those after them.
func (n *Node) Explicit() int {
	if len(n.Bodies) == 0 {
		return len(n.In)
	}
	return n.Bodies[0].First
}

// Capture adds the inputs that n's bodies read of the graph around them.
func (n *Node) Capture() {
	for body := range (&graph.Node{Attrs: n.Attrs}).Bodies {
		n.Bodies = append(n.Bodies, &Body{Graph: body, First: len(n.In)})
		for range body.Captures {
			n.In = append(n.In, Operand{Present: true})
		}
	}
	n.bindBodies()
}

// bindBodies points the bodies at the operands that they capture.
func (n *Node) bindBodies() {
	for _, b := range n.Bodies {
		b.Captured = n.In[b.First:][:len(b.Graph.Captures)]
	}
}

// Caller runs bodies.
type Caller interface {
	// Call runs a body on its declared inputs and what it captures. What it returns is valid until the same body is
	// called again; the body may keep none of what it is given.
	Call(b *Body, in, captured []*tensor.Tensor) ([]*tensor.Tensor, error)
}

// maxCalls bounds how often bodies are run in a run of a model: a loop that never ends by itself does in the end.
const maxCalls = 1 << 24

// Call runs one of the node's bodies. What it returns is valid until the body is called again.
func (c *Ctx) Call(b *Body, in ...*tensor.Tensor) ([]*tensor.Tensor, error) {
	if c.Calls++; c.Calls > maxCalls {
		return nil, &fault.LimitError{What: "iterations of loops in a run", Got: c.Calls, Max: maxCalls}
	}
	return c.Caller.Call(b, in, c.In[b.First:][:len(b.Captured)])
}

// Deliver makes v the value of output i: the memory that it has is filled when it is there, and taken when not.
func (c *Ctx) Deliver(i int, v *tensor.Tensor) error {
	out := c.Out[i]
	if out == nil {
		return nil
	}
	if v.Held != nil {
		out.Held = v.Held
		return nil
	}
	if out.Shape == nil {
		var err error
		if out, err = c.Alloc(i, v.DType, slices.Clone(v.Shape)); err != nil {
			return err
		}
	}
	if v.DType != out.DType || !slices.Equal(v.Shape, out.Shape) {
		return fault.Shape("output %d is %v%v where %v%v was announced", i, v.DType, v.Shape, out.DType, out.Shape)
	}
	copy(out.Data, v.Data)
	copy(out.Strings, v.Strings)
	return nil
}

// Keep returns a copy of v that outlives the run of a body, charging its memory. Containers are no copies: they never
// change.
func (r *Run) Keep(v *tensor.Tensor) (*tensor.Tensor, error) {
	if v.Held != nil {
		return &tensor.Tensor{Held: v.Held}, nil
	}
	if err := r.Budget.Take(v.DType, v.Shape); err != nil {
		return nil, err
	}
	return tensor.Clone(v).(*tensor.Tensor), nil
}

// keepIn is Keep into memory that was kept before, if it fits.
func (r *Run) keepIn(old, v *tensor.Tensor) (*tensor.Tensor, error) {
	if old == nil || old.Held != nil || v.Held != nil || old.DType != v.DType || !slices.Equal(old.Shape, v.Shape) {
		return r.Keep(v)
	}
	if err := r.Budget.Take(v.DType, v.Shape); err != nil {
		return nil, err
	}
	copy(old.Data, v.Data)
	copy(old.Strings, v.Strings)
	return old, nil
}

// Hold makes a container the value of output i.
func (c *Ctx) Hold(i int, v tensor.Value) {
	if c.Out[i] != nil {
		c.Out[i].Held = v
	}
}
