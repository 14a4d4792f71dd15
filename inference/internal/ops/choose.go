package ops

import (
	"fmt"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
)

// candidate makes an operator's kernel for one type of elements.
type candidate struct {
	of  dtype.DType
	new func(n *Node) (Kernel, error)
}

// choose makes the kernel for the type of n's first input, or else the one for the type that it is computed with. A
// kernel sees no small floats, in whichever operand they are.
func choose(n *Node, candidates ...candidate) (Kernel, error) {
	d := n.In[0].DType
	small := anySmall(n.In[:n.Explicit()]) || anySmall(n.Out)
	for i := range candidates {
		if candidates[i].of == d && !small {
			return candidates[i].new(n)
		}
	}
	for i := range candidates {
		if candidates[i].of == computingType(d) {
			return newLoaded(n, candidates[i].new)
		}
	}
	return nil, noKernel(n)
}

func anySmall(operands []Operand) bool {
	return slices.ContainsFunc(operands, func(o Operand) bool { return o.Present && dtype.SmallFloats.Has(o.DType) })
}

// typed is the candidate for elements of T that make makes.
func typed[T dtype.Element](new func(n *Node) (Kernel, error)) candidate {
	return candidate{dtype.Of[T](), new}
}

// noKernel says that a type the version allows has no kernel: a mistake in the operator's file.
func noKernel(n *Node) error { return fmt.Errorf("no kernel for %v", n.In[0].DType) }

// run is a kernel that consists of one function.
type run func(c *Ctx) error

func (f run) Run(c *Ctx) error { return f(c) }
