package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opTranspose)

// opTranspose computes x with its dimensions in another order, reversed by default.
var opTranspose = Op{
	Name: "Transpose",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Attrs: []Attr{{"perm", Ints, nil}}, Infer: inferTranspose, New: newTranspose, Again: 1<<13 | 1<<21 | 1<<23 | 1<<24 | 1<<25},
	},
}

// permutation returns the order of dimensions that n asks for.
func permutation(n *Node, rank int) ([]int, error) {
	perm := make([]int, rank)
	given := n.Ints("perm")
	if given == nil {
		for i := range perm {
			perm[i] = rank - 1 - i
		}
		return perm, nil
	}
	axes, err := shape.Axes(given, rank)
	if err != nil {
		return nil, err
	}
	if len(axes) != rank {
		return nil, fault.Shape("perm %v is not a permutation of %d dimensions", given, rank)
	}
	for i, p := range given {
		perm[i], _ = shape.Axis(p, rank)
	}
	return perm, nil
}

func inferTranspose(n *Node) error {
	s := n.In[0].Shape
	if !s.Ranked() {
		return nil
	}
	perm, err := permutation(n, s.Rank())
	if err != nil {
		return err
	}
	out := make([]shape.Dim, len(perm))
	for i, p := range perm {
		out[i] = s.Dim(p)
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}

func newTranspose(n *Node) (Kernel, error) {
	in, out := n.In[0].Dims(), n.Out[0].Dims()
	perm, err := permutation(n, len(in))
	if err != nil {
		return nil, err
	}
	if k := newTurner(n, out, in, perm); k != nil {
		return k, nil
	}
	return newMover(n.In[0].DType, move{walk: permuted(out, in, perm)}), nil
}

// permuted returns the walk over an output of dims whose i-th dimension is that of the input which order says.
func permuted(dims, in, order []int) *kernels.Walk {
	own := kernels.Contiguous(in)
	strides := make([]int, len(order))
	for i, o := range order {
		strides[i] = own[o]
	}
	return kernels.NewWalk(dims, kernels.Contiguous(dims), strides)
}
