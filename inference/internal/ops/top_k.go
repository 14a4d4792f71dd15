package ops

import (
	"math/bits"

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
			Since: 1, In: Args{"T"}, Out: Args{"T", "I"}, Types: []Constraint{{"T", dtype.Floating}, {"I", 1 << dtype.Int64}},
			Attrs: []Attr{{"axis", Int, -1}, {"k", Int, Required}}, Infer: inferTopK, New: newTopK,
		},
		{
			Since: 10, In: Args{"T", "int64"}, Out: Args{"T", "I"}, Types: []Constraint{{"T", dtype.Floating}, {"I", 1 << dtype.Int64}},
			Attrs: []Attr{{"axis", Int, -1}}, Infer: inferTopK, New: newTopK,
		},
		{
			Since: 11, In: Args{"T", "int64"}, Out: Args{"T", "I"}, Types: []Constraint{{"T", dtype.Numbers | 1<<dtype.F16}, {"I", 1 << dtype.Int64}},
			Attrs: []Attr{{"axis", Int, -1}, {"largest", Int, 1}, {"sorted", Int, 1}}, Infer: inferTopK, New: newTopK,
		},
		{
			Since: 24, In: Args{"T", "int64"}, Out: Args{"T", "I"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}, {"I", 1 << dtype.Int64}},
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

// Scratch is for the indices of the best elements of a line along the axis.
func (k *topK[T]) Scratch() int { return 4 * k.k }

// topKWork is what an element costs, in multiply-accumulates.
const topKWork = 8

func (k *topK[T]) Run(c *Ctx) error {
	if k.k == 0 {
		return nil
	}
	x, values, places := tensor.View[T](c.In[0]), tensor.View[T](c.Out[0]), tensor.View[int64](c.Out[1])
	best := tensor.Cast[int32](c.Scratch)[:k.k]
	p := pace{c: c}
	for o := range k.outer {
		for i := range k.inner {
			line := x[o*k.length*k.inner+i:]
			if err := k.find(line, best, &p); err != nil {
				return err
			}
			for j, at := range best {
				to := (o*k.k+j)*k.inner + i
				values[to], places[to] = line[int(at)*k.inner], int64(at)
			}
		}
	}
	return nil
}

// find sets best to the indices of the best elements of a line, the best one first. Until it knows all it keeps them as
// a heap, the worst of them on top.
func (k *topK[T]) find(line []T, best []int32, p *pace) error {
	for j := range best {
		best[j] = int32(j)
	}
	for root := len(best)/2 - 1; root >= 0; root-- {
		k.sink(line, best, root)
	}
	for j := len(best); j < k.length; j++ {
		if err := p.spend(topKWork); err != nil {
			return err
		}
		if k.before(line, int32(j), best[0]) {
			best[0] = int32(j)
			k.sink(line, best, 0)
		}
	}
	for last := len(best) - 1; last > 0; last-- {
		if err := p.spend(topKWork * bits.Len(uint(last))); err != nil {
			return err
		}
		best[0], best[last] = best[last], best[0]
		k.sink(line, best[:last], 0)
	}
	return nil
}

// sink moves the element at a place of a heap down until none below it is worse.
func (k *topK[T]) sink(line []T, heap []int32, at int) {
	for {
		child := 2*at + 1
		if child >= len(heap) {
			return
		}
		if next := child + 1; next < len(heap) && k.before(line, heap[child], heap[next]) {
			child = next
		}
		if k.before(line, heap[child], heap[at]) {
			return
		}
		heap[at], heap[child] = heap[child], heap[at]
		at = child
	}
}

// before reports whether element a of a line comes before b in the result. NaN counts as the greatest number, and equal
// ones stay in order.
func (k *topK[T]) before(line []T, a, b int32) bool {
	va, vb := line[int(a)*k.inner], line[int(b)*k.inner]
	switch {
	case va == vb, va != va && vb != vb:
		return a < b
	case va != va:
		return k.largest
	case vb != vb:
		return !k.largest
	}
	return (va > vb) == k.largest
}
