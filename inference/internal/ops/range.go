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
	start, limit, delta := rangeArg[float64](n, 0), rangeArg[float64](n, 1), rangeArg[float64](n, 2)
	count := math.Ceil((limit - start) / delta)
	if !(count <= maxDim) {
		return fault.Shape("a range of %g numbers", count)
	}
	n.SetOut(0, shape.Of(shape.Dim(max(count, 0))))
	return nil
}

// rangeArg returns the only element of input i, whose value is known.
func rangeArg[T kernels.Number](n *Node, i int) T {
	var v [1]T
	load(v[:], n.In[i].Value.Data, n.In[i].DType)
	return v[0]
}

func newRange(n *Node) (Kernel, error) {
	if !n.Out[0].Shape.Static() {
		return nil, errNeedsValue
	}
	switch d := n.In[0].DType; {
	case d == dtype.Float32:
		return newRangeOf[float32](n), nil
	case d == dtype.Float64:
		return newRangeOf[float64](n), nil
	case dtype.SmallFloats.Has(d):
		return newLoaded(n, func(*Node) (Kernel, error) { return newRangeOf[float32](n), nil })
	}
	start, delta := rangeArg[int64](n, 0), rangeArg[int64](n, 2)
	return run(func(c *Ctx) error {
		y := c.Out[0]
		size := y.DType.Size()
		for i := range y.Len() {
			storeInts(y.Data[i*size:], []int64{start + int64(i)*delta}, y.DType)
		}
		return nil
	}), nil
}

func newRangeOf[T kernels.Float](n *Node) Kernel {
	start, delta := rangeArg[T](n, 0), rangeArg[T](n, 2)
	return run(func(c *Ctx) error {
		y := tensor.View[T](c.Out[0])
		for i := range y {
			y[i] = start + T(i)*delta
		}
		return nil
	})
}
