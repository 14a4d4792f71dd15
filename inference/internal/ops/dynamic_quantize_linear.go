package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels/i8"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opDynamicQuantizeLinear)

// opDynamicQuantizeLinear computes x as bytes, with the scale and zero point that its least and greatest elements
// ask for.
var opDynamicQuantizeLinear = Op{
	Name: "DynamicQuantizeLinear",
	Versions: []Version{
		{
			Since: 11, In: Args{"T1"}, Out: Args{"T2", "float32", "T2"},
			Types: []Constraint{{"T1", 1 << dtype.Float32}, {"T2", 1 << dtype.Uint8}}, Infer: inferDynamicQuantize, New: newDynamicQuantize,
		},
	},
}

func inferDynamicQuantize(n *Node) error {
	n.Out[0].DType, n.Out[2].DType = dtype.Uint8, dtype.Uint8
	n.SetOut(1, shape.Of())
	n.SetOut(2, shape.Of())
	return sameShape(n)
}

func newDynamicQuantize(n *Node) (Kernel, error) { return dynamicQuantize{n.CPU}, nil }

type dynamicQuantize struct{ level cpu.Level }

// quantumOf returns how the numbers x are quantized by what they are themselves.
func quantumOf(l cpu.Level, x []float32) quantum {
	least, most := i8.Range(l, x)
	q := quantum{scale: (most - least) / 255}
	if q.scale == 0 {
		q.scale = 1 // there is nothing but zeros, and any scale will do
	}
	if zero := math.RoundToEven(min(max(float64(-least/q.scale), 0), 255)); zero == zero {
		q.zero = int32(zero)
	}
	return q
}

func (k dynamicQuantize) Run(c *Ctx) error {
	x, y := tensor.View[float32](c.In[0]), c.Out[0].Data
	q := quantumOf(k.level, x)
	tensor.View[float32](c.Out[1])[0] = q.scale
	c.Out[2].Data[0] = byte(q.zero)
	return inBytes(c, len(x), func(from, to int) {
		i8.Quantize(k.level, y[from:to], x[from:to], q.scale, q.zero, 0, 255)
	})
}
