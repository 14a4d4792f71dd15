package ops

import (
	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// Node is a node as Infer and New see it.
type Node struct {
	Version *Version
	In      []Operand // as many as the version's Args, more when the last is variadic or bodies capture some
	Out     []Operand
	Attrs   []graph.Attr // those that the model gives
	Packs   *Packs       // may be nil
	Tools   *Tools       // has what the version needs when New is called
	CPU     cpu.Level    // what kernels may use
	Bodies  []*Body      // the graphs among the attributes
}

// Operand is what is known of an input or output.
type Operand struct {
	graph.Type
	Present  bool           // false when the model leaves it out
	Value    *tensor.Tensor // when it is known already; must not be changed; never a container before the run
	Constant bool           // Value is the same for every input of the model

	Source *tensor.Tensor // a Lazy constant, whose elements Value holds until New returns; nil for others
	Packed bool           // the kernel has the value in a layout of its own, and does not look at the input
}

// Has reports whether input i is given.
func (n *Node) Has(i int) bool { return i < len(n.In) && n.In[i].Present }

// Wants reports whether output i is asked for.
func (n *Node) Wants(i int) bool { return i < len(n.Out) && n.Out[i].Present }

// Dims returns the dimensions of an operand whose shape is static.
//
//go:noinline
func (o *Operand) Dims() []int { return o.Shape.Ints() }

// Len returns the number of elements of an operand whose shape is static.
func (o *Operand) Len() int { return tensor.Elems(o.Dims()) }

// Ints returns the value of an int64 or int32 operand, and whether it is known.
func (o *Operand) Ints() ([]int64, bool) {
	if o.Value == nil {
		return nil, false
	}
	if o.DType == dtype.Int64 {
		return tensor.View[int64](o.Value), true
	}
	narrow := tensor.View[int32](o.Value)
	out := make([]int64, len(narrow))
	for i, v := range narrow {
		out[i] = int64(v)
	}
	return out, true
}

// SetOut tells the shape of output i.
func (n *Node) SetOut(i int, s shape.Shape) {
	if i < len(n.Out) {
		n.Out[i].Shape = s
	}
}

// ranked reports whether the ranks of all given inputs are known.
func (n *Node) ranked() bool {
	for i := range n.In {
		if n.In[i].Present && !n.In[i].Shape.Ranked() {
			return false
		}
	}
	return true
}
