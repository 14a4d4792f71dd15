package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opNonZero)

var opNonZero = Op{
	Name: "NonZero",
	Doc:  "the coordinates of the elements that are not 0, a row for each dimension",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"int64"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Bools}}, Infer: inferNonZero, New: newNonZero},
	},
}

func inferNonZero(n *Node) error {
	rank := shape.Unknown
	if s := n.In[0].Shape; s.Ranked() {
		rank = shape.Dim(max(s.Rank(), 1))
	}
	n.SetOut(0, shape.Of(rank, shape.Unknown))
	return nil
}

func newNonZero(n *Node) (Kernel, error) {
	return choose(n, nonZeros[float32](), nonZeros[float64](), nonZeros[bool](), nonZeros[int64](), nonZeros[uint64]())
}

type nonZero[T comparable] struct{ dims []int }

func nonZeros[T interface {
	comparable
	dtype.Element
}]() candidate {
	return typed[T](func(n *Node) (Kernel, error) {
		dims := n.In[0].Dims()
		if len(dims) == 0 {
			dims = []int{1}
		}
		return &nonZero[T]{dims}, nil
	})
}

func (k *nonZero[T]) Run(c *Ctx) error {
	var zero T
	x := tensor.View[T](c.In[0])
	count := 0
	for _, v := range x {
		if v != zero {
			count++
		}
	}
	out, err := c.Alloc(0, dtype.Int64, []int{len(k.dims), count})
	if err != nil {
		return err
	}
	places := tensor.View[int64](out)
	to := 0
	for i, v := range x {
		if v == zero {
			continue
		}
		for d := len(k.dims) - 1; d >= 0; d-- {
			places[d*count+to] = int64(i % k.dims[d])
			i /= k.dims[d]
		}
		to++
	}
	return nil
}
