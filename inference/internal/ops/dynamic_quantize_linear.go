package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opDynamicQuantizeLinear)

var opDynamicQuantizeLinear = Op{
	Name: "DynamicQuantizeLinear",
	Doc:  "x as bytes, with the scale and zero point that its least and greatest elements ask for",
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

func newDynamicQuantize(*Node) (Kernel, error) { return dynamicQuantize{}, nil }

type dynamicQuantize struct{}

// Scratch is for a tile of quotients and one of zero points.
func (dynamicQuantize) Scratch() int { return 2 * tileBytes }

func (dynamicQuantize) Run(c *Ctx) error {
	x, y := tensor.View[float32](c.In[0]), c.Out[0].Data
	var least, most float32
	for _, v := range x {
		least, most = min(least, v), max(most, v)
	}
	scale := (most - least) / 255
	if scale == 0 {
		scale = 1 // there is nothing but zeros, and any scale will do
	}
	zero := math.RoundToEven(min(max(float64(-least/scale), 0), 255))
	if zero != zero {
		zero = 0
	}
	tensor.View[float32](c.Out[1])[0] = scale
	c.Out[2].Data[0] = byte(zero)
	quotients := tensor.Cast[float64](c.Scratch)[:tile]
	zeros := tensor.Cast[float64](c.Scratch)[tile : 2*tile]
	kernels.Fill(zeros, zero)
	p := pace{c: c}
	for at := 0; at < len(x); at += tile {
		n := min(tile, len(x)-at)
		if err := p.spend(8 * n); err != nil {
			return err
		}
		for i, v := range x[at:][:n] {
			quotients[i] = float64(v / scale)
		}
		kernels.Codes(y[at:][:n], quotients[:n], zeros[:n], 0, 255)
	}
	return nil
}
