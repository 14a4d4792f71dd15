package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opEinsum)

// opEinsum computes the sums of products of elements that an equation such as bij,bjk->bik says.
var opEinsum = Op{
	Name: "Einsum",
	Versions: []Version{
		{
			Since: 12, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Ints | dtype.IEEE}},
			Attrs: []Attr{{"equation", String, Required}}, Infer: inferEinsum, New: newEinsum,
		},
	},
}

// equationOf returns n's equation and the length of each of its labels. All inputs have a rank.
func equationOf(n *Node) (*equation, [256]shape.Dim, error) {
	ranks := make([]int, len(n.In))
	shapes := make([]shape.Shape, len(n.In))
	for i := range n.In {
		shapes[i] = n.In[i].Shape
		ranks[i] = shapes[i].Rank()
	}
	e, err := parseEquation(n.String("equation"), ranks)
	if err != nil {
		return nil, [256]shape.Dim{}, err
	}
	lengths, err := e.lengths(shapes)
	return e, lengths, err
}

func inferEinsum(n *Node) error {
	if !n.ranked() {
		return nil
	}
	e, lengths, err := equationOf(n)
	if err != nil {
		return err
	}
	if len(e.out) > maxRank {
		return &fault.LimitError{What: "tensor rank", Got: int64(len(e.out)), Max: maxRank}
	}
	out := make([]shape.Dim, len(e.out))
	for i, l := range e.out {
		out[i] = lengths[l]
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}

func newEinsum(n *Node) (Kernel, error) {
	doubles := func(n *Node) (Kernel, error) { return einsumOf(n, floatProduct[float64]) }
	if dtype.Floating.Has(n.In[0].DType) {
		if frugal {
			return inDoubles(n, doubles)
		}
		return choose(n,
			typed[float32](func(n *Node) (Kernel, error) { return einsumOf(n, floatProduct[float32]) }),
			typed[float64](doubles))
	}
	return choose(n,
		typed[int64](func(n *Node) (Kernel, error) { return einsumOf(n, intProductOf) }),
		typed[uint64](func(n *Node) (Kernel, error) { return einsumOf(n, intProductOf) }))
}

func einsumOf[T kernels.Number](n *Node, f productFunc[T]) (Kernel, error) {
	c, err := contractionOf(n)
	if err != nil {
		return nil, err
	}
	return newEinsumKernel(c, f), nil
}

// contractionOf plans n.
func contractionOf(n *Node) (*contraction, error) {
	e, lengths, err := equationOf(n)
	if err != nil {
		return nil, err
	}
	dims := make([][]int, len(n.In))
	for i := range n.In {
		dims[i] = n.In[i].Dims()
	}
	return newContraction(e, &lengths, dims)
}
