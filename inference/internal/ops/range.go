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

// opRange computes the numbers from start, up to but not including limit, in steps of delta.
var opRange = Op{
	Name: "Range",
	Versions: []Version{
		{
			Since: 11, In: Args{"T", "T", "T"}, Out: Args{"T"},
			Types: []Constraint{{"T", dtype.Floats | 1<<dtype.Int16 | 1<<dtype.Int32 | 1<<dtype.Int64}}, Infer: inferRange, New: newRange,
		},
		{
			Since: 27, In: Args{"T", "T", "T"}, Out: Args{"T"},
			Types: []Constraint{{"T", dtype.Floating | 1<<dtype.Int16 | 1<<dtype.Int32 | 1<<dtype.Int64}},
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
	count := floatCount(rangeArg[float64](n, 0), rangeArg[float64](n, 1), rangeArg[float64](n, 2))
	if dtype.Signed.Has(n.In[0].DType) {
		count = intCount(rangeArg[int64](n, 0), rangeArg[int64](n, 1), rangeArg[int64](n, 2))
	}
	if !(count <= maxDim) {
		return fault.Shape("a range of %g numbers", count)
	}
	n.SetOut(0, shape.Of(shape.Dim(max(count, 0))))
	return nil
}

// floatCount returns how many numbers there are from start to limit; it is not finite when there is no end of them.
func floatCount(start, limit, delta float64) float64 { return math.Ceil((limit - start) / delta) }

// intCount is floatCount for integers, which floats do not all hold.
func intCount(start, limit, delta int64) float64 {
	way, step := uint64(limit)-uint64(start), uint64(delta)
	if delta < 0 {
		start, limit = limit, start
		way, step = -way, -step
	}
	switch {
	case delta == 0:
		return math.Inf(1)
	case limit <= start:
		return 0
	}
	return float64((way-1)/step + 1)
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
	d := n.In[0].DType
	if dtype.Signed.Has(d) {
		start, delta := rangeArg[int64](n, 0), rangeArg[int64](n, 2)
		return run(func(c *Ctx) error {
			y := c.Out[0]
			size := d.Size()
			for i := range y.Len() {
				storeInts(y.Data[i*size:], []int64{start + int64(i)*delta}, d)
			}
			return nil
		}), nil
	}
	stash := dtype.Float64
	if dtype.Halves.Has(d) {
		stash = dtype.DType(n.Int("stash_type"))
		if stash != dtype.Float32 && stash != dtype.Float64 {
			return nil, fault.Format("stash_type %d is neither float32 nor float64", n.Int("stash_type"))
		}
	}
	start, delta := rangeArg[float64](n, 0), rangeArg[float64](n, 2)
	return run(func(c *Ctx) error {
		y := c.Out[0]
		for i := range y.Len() {
			v := start + float64(i)*delta
			if stash == dtype.Float32 {
				v = float64(float32(start) + float32(i)*float32(delta))
			}
			switch d {
			case dtype.Float32:
				tensor.View[float32](y)[i] = float32(v)
			case dtype.Float64:
				tensor.View[float64](y)[i] = v
			default:
				tensor.View[uint16](y)[i] = d.Encode(v, false, dtype.Nearest)
			}
		}
		return nil
	}), nil
}
