package ops

import (
	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels/i8"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opDequantizeLinear)

// opDequantizeLinear computes (x - zero point) * scale.
var opDequantizeLinear = Op{
	Name: "DequantizeLinear",
	Versions: []Version{
		{
			Since: 10, In: Args{"T1", "float32", "T1?"}, Out: Args{"float32"},
			Types: []Constraint{{"T1", bytes8 | 1<<dtype.Int32}}, Infer: inferDequantize, New: newDequantize,
		},
		{
			Since: 13, In: Args{"T1", "float32", "T1?"}, Out: Args{"float32"},
			Types: []Constraint{{"T1", bytes8 | 1<<dtype.Int32}}, Attrs: []Attr{{"axis", Int, 1}}, Infer: inferDequantize, New: newDequantize,
		},
		{
			Since: 19, In: Args{"T1", "T2", "T1?"}, Out: Args{"T2"},
			Types: []Constraint{{"T1", bytes8 | dtype.Float8s | 1<<dtype.Int32}, {"T2", dequantized}},
			Attrs: []Attr{{"axis", Int, 1}}, Infer: inferDequantize, New: newDequantize,
		},
		{
			Since: 21, In: Args{"T1", "T2", "T1?"}, Out: Args{"T2"},
			Types: []Constraint{{"T1", codes | 1<<dtype.Int32}, {"T2", dequantized}},
			Attrs: []Attr{{"axis", Int, 1}, {"block_size", Int, 0}}, Infer: inferDequantize, New: newDequantize,
		},
		{
			Since: 23, In: Args{"T1", "T2", "T1?"}, Out: Args{"T3"},
			Types: []Constraint{{"T1", codes | 1<<dtype.Int32}, {"T2", dequantized | 1<<dtype.F8E8M0}, {"T3", dequantized}},
			Attrs: []Attr{{"axis", Int, 1}, {"block_size", Int, 0}, {"output_dtype", Int, 0}}, Infer: inferDequantize, New: newDequantize, Again: 1<<24 | 1<<25,
		},
	},
}

// dequantized are the types of what is not quantized.
const dequantized = dtype.Halves | 1<<dtype.Float32

func inferDequantize(n *Node) error {
	if n.Version.Attr("output_dtype") != nil {
		n.Out[0].DType = n.In[quantScale].DType
		if n.Int("output_dtype") != 0 {
			d, err := elementType(n, "output_dtype")
			if err != nil {
				return err
			}
			n.Out[0].DType = d
		}
	}
	return sameShape(n)
}

// dequantize is the kernel of DequantizeLinear.
type dequantize struct {
	quantTiles
	level cpu.Level
}

func newDequantize(n *Node) (Kernel, error) {
	q, err := newQuantTiles(n)
	return &dequantize{q, n.CPU}, err
}

func (k *dequantize) Run(c *Ctx) error {
	y := c.Out[0]
	if x := c.In[quantX]; k.single() && bytes8.Has(x.DType) && y.DType == dtype.Float32 && c.In[quantScale].DType == dtype.Float32 {
		dst, scale, zero := tensor.View[float32](y), scaleOf(c.In[quantScale], 0), int32(zeroOf(inputOf(c, quantZero), 0))
		return inBytes(c, len(dst), func(from, to int) {
			i8.Dequantize(k.level, dst[from:to], x.Data[from:to], scale, zero, x.DType == dtype.Int8)
		})
	}
	var results [tile]float32
	return k.each(c, nil, func(at int, x, scale, zero []float64) {
		to := results[:len(x)]
		if y.DType == dtype.Float32 {
			to = tensor.View[float32](y)[at:][:len(x)]
		}
		for i, v := range x {
			to[i] = float32((v - zero[i]) * scale[i])
		}
		if y.DType != dtype.Float32 {
			storeTile(y, at, tensor.BytesOf(to), len(to))
		}
	})
}
