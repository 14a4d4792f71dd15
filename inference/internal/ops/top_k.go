package ops

import (
	"math"
	"math/bits"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opTopK)

// opTopK computes the k greatest or least elements along an axis, and their indices.
var opTopK = Op{
	Name: "TopK",
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
	if dtype.Floating.Has(n.In[0].DType) {
		return inDoubles(n, topKOf)
	}
	return choose(n, typed[int64](topKOf), typed[uint64](topKOf))
}

// topK is the kernel of TopK, for all numbers of 64 bits: see rank.
type topK struct {
	outer, length, inner, k int
	of                      dtype.DType
	largest                 bool
}

func topKOf(n *Node) (Kernel, error) {
	x := n.In[0].Dims()
	axis, err := n.axis("axis", len(x))
	if err != nil {
		return nil, err
	}
	return &topK{
		outer: tensor.Elems(x[:axis]), length: x[axis], inner: tensor.Elems(x[axis+1:]), k: n.Out[0].Dims()[axis],
		of: n.In[0].DType, largest: n.Version.Attr("largest") == nil || n.Flag("largest"),
	}, nil
}

// Scratch is for the indices of the best elements of a line along the axis.
func (k *topK) Scratch() int { return 4 * k.k }

// topKWork is what an element costs, in multiply-accumulates.
const topKWork = 8

func (k *topK) Run(c *Ctx) error {
	if k.k == 0 {
		return nil
	}
	x, values, places := tensor.Cast[int64](c.In[0].Data), tensor.Cast[int64](c.Out[0].Data), tensor.View[int64](c.Out[1])
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
func (k *topK) find(line []int64, best []int32, p *pace) error {
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
func (k *topK) sink(line []int64, heap []int32, at int) {
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

// before reports whether element a of a line comes before b in the result: equal ones stay in order.
func (k *topK) before(line []int64, a, b int32) bool {
	va, vb := k.rank(line[int(a)*k.inner]), k.rank(line[int(b)*k.inner])
	if va == vb {
		return a < b
	}
	return (va > vb) == k.largest
}

// rank returns an integer for the bits of a number, greater for a greater one. NaN counts as the greatest, and both
// zeros are equal.
func (k *topK) rank(v int64) int64 {
	const infinity = 0x7ff << 52
	switch {
	case k.of == dtype.Uint64:
		return v ^ math.MinInt64
	case k.of != dtype.Float64:
		return v
	case v&math.MaxInt64 > infinity:
		return math.MaxInt64
	case v < 0:
		return -(v & math.MaxInt64)
	}
	return v
}
