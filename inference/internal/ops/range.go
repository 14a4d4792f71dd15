package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opRange)

var opRange = Op{
	Name: "Range",
	Doc:  "the numbers from start, up to but not including limit, in steps of delta",
	Versions: []Version{
		{
			Since: 11, In: Args{"T", "T", "T"}, Out: Args{"T"},
			Types: []Constraint{{"T", dtype.Floats | 1<<dtype.Int16 | 1<<dtype.Int32 | 1<<dtype.Int64}}, Infer: inferRange, New: newRange,
		},
		{
			Since: 27, In: Args{"T", "T", "T"}, Out: Args{"T"},
			Types: []Constraint{{"T", dtype.Floats | 1<<dtype.Int16 | 1<<dtype.Int32 | 1<<dtype.Int64}},
			Attrs: []Attr{{"stash_type", Int, 1}}, Infer: inferRange, New: newRange,
		},
	},
}

func inferRange(n *Node) error {
	n.SetOut(0, shape.Make(1))
	for i := range n.In {
		if v := n.In[i].Value; v == nil {
			return nil
		} else if v.Len() != 1 {
			return fault.Shape("input %d has %d elements instead of 1", i, v.Len())
		}
	}
	count := math.NaN()
	switch n.In[0].DType {
	case dtype.Float32:
		count = rangeLen[float32](n)
	case dtype.Float64:
		count = rangeLen[float64](n)
	case dtype.Int16:
		count = rangeLen[int16](n)
	case dtype.Int32:
		count = rangeLen[int32](n)
	case dtype.Int64:
		count = rangeLen[int64](n)
	}
	if !(count <= maxDim) {
		return fault.Shape("a range of %g numbers", count)
	}
	n.SetOut(0, shape.Of(shape.Dim(max(count, 0))))
	return nil
}

func rangeArgs[T any](n *Node) (start, limit, delta T) {
	return tensor.View[T](n.In[0].Value)[0], tensor.View[T](n.In[1].Value)[0], tensor.View[T](n.In[2].Value)[0]
}

func rangeLen[T kernels.Number](n *Node) float64 {
	start, limit, delta := rangeArgs[T](n)
	return math.Ceil((float64(limit) - float64(start)) / float64(delta))
}

func newRange(n *Node) (Kernel, error) {
	if !n.Out[0].Shape.Static() {
		return nil, errNeedsValue
	}
	return choose(n, typed[float32](newRangeOf[float32]), typed[float64](newRangeOf[float64]),
		typed[int16](newRangeOf[int16]), typed[int32](newRangeOf[int32]), typed[int64](newRangeOf[int64]))
}

type numberRange[T kernels.Number] struct{ start, delta T }

func newRangeOf[T kernels.Number](n *Node) (Kernel, error) {
	start, _, delta := rangeArgs[T](n)
	return &numberRange[T]{start, delta}, nil
}

func (k *numberRange[T]) Run(c *Ctx) error {
	for i := range tensor.View[T](c.Out[0]) {
		tensor.View[T](c.Out[0])[i] = k.start + T(i)*k.delta
	}
	return nil
}
