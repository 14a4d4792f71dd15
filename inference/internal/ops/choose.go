package ops

import (
	"fmt"

	"github.com/brinkml/brink/inference/internal/dtype"
)

// candidate makes an operator's kernel for one type of elements.
type candidate struct {
	of  dtype.DType
	new func(n *Node) (Kernel, error)
}

// choose makes the kernel for the type of n's first input.
func choose(n *Node, candidates ...candidate) (Kernel, error) {
	for i := range candidates {
		if candidates[i].of == n.In[0].DType {
			return candidates[i].new(n)
		}
	}
	return nil, noKernel(n)
}

// typed is the candidate for elements of T that make makes.
func typed[T dtype.Element](new func(n *Node) (Kernel, error)) candidate {
	return candidate{dtype.Of[T](), new}
}

// noKernel says that a type the version allows has no kernel: a mistake in the operator's file.
func noKernel(n *Node) error { return fmt.Errorf("no kernel for %v", n.In[0].DType) }
