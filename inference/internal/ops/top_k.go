package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opTopK)

var opTopK = Op{
	Name: "TopK",
	Doc:  "the k greatest or least elements along an axis, and their indices",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"T", "I"}, Types: []Constraint{{"T", dtype.Floats}, {"I", 1 << dtype.Int64}},
			Attrs: []Attr{{"axis", Int, -1}, {"k", Int, Required}}, Infer: inferTopK, New: newTopK,
		},
		{
			Since: 10, In: Args{"T", "int64"}, Out: Args{"T", "I"}, Types: []Constraint{{"T", dtype.Floats}, {"I", 1 << dtype.Int64}},
			Attrs: []Attr{{"axis", Int, -1}}, Infer: inferTopK, New: newTopK,
		},
		{
			Since: 11, In: Args{"T", "int64"}, Out: Args{"T", "I"}, Types: []Constraint{{"T", dtype.Numbers}, {"I", 1 << dtype.Int64}},
			Attrs: []Attr{{"axis", Int, -1}, {"largest", Int, 1}, {"sorted", Int, 1}}, Infer: inferTopK, New: newTopK,
		},
	},
}

func inferTopK(n *Node) error {
	n.Out[1].DType = dtype.Int64
	s := n.In[0].Shape
	if !s.Ranked() {
		return nil
	}
	axis, err := n.axis("axis", s.Rank())
	if err != nil {
		return err
	}
	count := shape.Unknown
	k, known := []int64(nil), false
	if n.Version.Attr("k") != nil {
		k, known = []int64{n.Int("k")}, true
	} else {
		k, known = n.In[1].Ints()
	}
	if known {
		if len(k) != 1 || k[0] < 0 || s.Dim(axis).Known() && k[0] > int64(s.Dim(axis)) || k[0] > maxDim {
			return fault.Shape("the top %v of %v along axis %d", k, s.Ints(), axis)
		}
		count = shape.Dim(k[0])
	}
	n.SetOut(0, s.With(axis, count))
	n.SetOut(1, s.With(axis, count))
	return nil
}

func newTopK(n *Node) (Kernel, error) {
	if !n.Out[0].Shape.Static() {
		return nil, errNeedsValue
	}
	return choose(n, tops[float32](), tops[float64](), tops[int64](), tops[uint64]())
}

type topK[T kernels.Number] struct {
	outer, length, inner, k int
	largest                 bool
}

func tops[T kernels.Number]() candidate {
	return typed[T](func(n *Node) (Kernel, error) {
		x := n.In[0].Dims()
		axis, err := n.axis("axis", len(x))
		if err != nil {
			return nil, err
		}
		return &topK[T]{
			outer: tensor.Elems(x[:axis]), length: x[axis], inner: tensor.Elems(x[axis+1:]), k: n.Out[0].Dims()[axis],
			largest: n.Version.Attr("largest") == nil || n.Flag("largest"),
		}, nil
	})
}

// Scratch is for the indices of one line along the axis.
func (k *topK[T]) Scratch() int { return 4 * k.length }

// Run sorts the indices of each line. Equal elements stay in order.
func (k *topK[T]) Run(c *Ctx) error {
	x, values, places := tensor.View[T](c.In[0]), tensor.View[T](c.Out[0]), tensor.View[int64](c.Out[1])
	order := tensor.Cast[int32](c.Scratch)[:k.length]
	for o := range k.outer {
		for i := range k.inner {
			line := x[min(o*k.length*k.inner+i, len(x)):]
			for j := range order {
				order[j] = int32(j)
			}
			slices.SortFunc(order, func(a, b int32) int {
				va, vb := line[int(a)*k.inner], line[int(b)*k.inner]
				switch {
				case va == vb, va != va && vb != vb:
					return int(a) - int(b)
				case (va < vb || vb != vb) == k.largest:
					return 1
				}
				return -1
			})
			for j, p := range order[:k.k] {
				to := (o*k.k+j)*k.inner + i
				values[to], places[to] = line[int(p)*k.inner], int64(p)
			}
		}
	}
	return nil
}
