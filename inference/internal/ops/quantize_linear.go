package ops

import (
	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/i8"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opQuantizeLinear)

// opQuantizeLinear computes x / scale + zero point, rounded to integers, or to small floats, and kept within the
// type's range.
var opQuantizeLinear = Op{
	Name: "QuantizeLinear",
	Versions: []Version{
		{
			Since: 10, In: Args{"T1", "float32", "T2?"}, Out: Args{"T2"},
			Types: []Constraint{{"T1", quantizable}, {"T2", bytes8}}, Infer: inferQuantize, New: newQuantize,
		},
		{
			Since: 13, In: Args{"T1", "float32", "T2?"}, Out: Args{"T2"},
			Types: []Constraint{{"T1", quantizable}, {"T2", bytes8}},
			Attrs: []Attr{{"axis", Int, 1}}, Infer: inferQuantize, New: newQuantize,
		},
		{
			Since: 19, In: Args{"T1", "T1", "T2?"}, Out: Args{"T2"},
			Types: []Constraint{{"T1", quantizable | dtype.Halves}, {"T2", bytes8 | dtype.Float8s}},
			Attrs: []Attr{{"axis", Int, 1}, {"saturate", Int, 1}}, Infer: inferQuantize, New: newQuantize,
		},
		{
			Since: 21, In: Args{"T1", "T1", "T2?"}, Out: Args{"T2"},
			Types: []Constraint{{"T1", quantizable | dtype.Halves}, {"T2", codes}},
			Attrs: []Attr{{"axis", Int, 1}, {"block_size", Int, 0}, {"output_dtype", Int, 0}, {"saturate", Int, 1}}, Infer: inferQuantize, New: newQuantize,
		},
		{
			Since: 23, In: Args{"T1", "T2", "T3?"}, Out: Args{"T3"},
			Types: []Constraint{{"T1", quantizable | dtype.Halves}, {"T2", quantizable | dtype.Halves | 1<<dtype.F8E8M0}, {"T3", codes}},
			Attrs: []Attr{{"axis", Int, 1}, {"block_size", Int, 0}, {"output_dtype", Int, 0}, {"precision", Int, 0}, {"saturate", Int, 1}},
			Infer: inferQuantize, New: newQuantize, Again: 1<<24 | 1<<25,
		},
	},
}

// The types of quantized tensors, and of what is quantized.
const (
	quantizable = dtype.Set(1<<dtype.Float32 | 1<<dtype.Int32)
	bytes8      = dtype.Set(1<<dtype.Uint8 | 1<<dtype.Int8)
	codes       = bytes8 | dtype.Float8s |
		1<<dtype.Uint16 | 1<<dtype.Int16 | 1<<dtype.U4 | 1<<dtype.I4 | 1<<dtype.F4E2M1 | 1<<dtype.U2 | 1<<dtype.I2
)

func inferQuantize(n *Node) error {
	o := &n.Out[0]
	if n.Version.Attr("output_dtype") != nil && n.Int("output_dtype") != 0 {
		d, err := elementType(n, "output_dtype")
		if err != nil {
			return err
		}
		if n.Has(quantZero) && d != n.In[quantZero].DType {
			return fault.Format("output_dtype is %v, but the zero point %v", d, n.In[quantZero].DType)
		}
		o.DType = d
	} else if !n.Has(quantZero) {
		o.DType = dtype.Uint8
	}
	return sameShape(n)
}

// elementType returns the element type that an attribute names.
func elementType(n *Node, attr string) (dtype.DType, error) {
	v := n.Int(attr)
	if v < 0 || v > 255 || !dtype.DType(v).Valid() {
		return 0, fault.Format("%s: there is no element type %d", attr, v)
	}
	return dtype.DType(v), nil
}

// quantize is the kernel of QuantizeLinear.
type quantize struct {
	quantTiles
	from        dtype.DType // the type of x
	scaleFrom   dtype.DType // the type of the scale
	precision   dtype.DType // what quotients are rounded to first
	least, most float64
	saturate    bool
	level       cpu.Level
}

func newQuantize(n *Node) (Kernel, error) {
	k := &quantize{from: n.In[quantX].DType, scaleFrom: n.In[quantScale].DType, level: n.CPU}
	var err error
	if k.quantTiles, err = newQuantTiles(n); err != nil {
		return nil, err
	}
	k.precision = k.scaleFrom
	if n.Version.Attr("precision") != nil && n.Int("precision") != 0 {
		if k.precision, err = elementType(n, "precision"); err != nil {
			return nil, err
		}
		if !dtype.Floating.Has(k.precision) {
			return nil, fault.Format("a precision of %v", k.precision)
		}
	}
	if k.precision == dtype.F8E8M0 {
		k.precision = dtype.Float32
	}
	k.least, k.most = codeRange(n.Out[0].DType)
	k.saturate = n.Version.Attr("saturate") == nil || n.Flag("saturate")
	return k, nil
}

func (k *quantize) Run(c *Ctx) error {
	y := c.Out[0]
	if k.single() && k.from == dtype.Float32 && k.scaleFrom == k.from && k.precision == k.from && bytes8.Has(y.DType) {
		x, scale, zero := tensor.View[float32](c.In[quantX]), scaleOf(c.In[quantScale], 0), int32(zeroOf(inputOf(c, quantZero), 0))
		return inBytes(c, len(x), func(from, to int) {
			i8.Quantize(k.level, y.Data[from:to], x[from:to], scale, zero, int32(k.least), int32(k.most))
		})
	}
	prepare := func(scales []float64) {
		if k.scaleFrom != k.precision {
			roundTo(scales, k.precision)
		}
	}
	return k.each(c, prepare, func(at int, x, scale, zero []float64) {
		if k.from != k.precision {
			roundTo(x, k.precision)
		}
		for i, s := range scale {
			x[i] /= s
		}
		roundTo(x, k.precision)
		switch d := y.DType; {
		case dtype.SmallFloats.Has(d):
			for i, v := range x {
				if z := zero[i]; z != 0 || d == dtype.F4E2M1 && k.zero.in != 0 { // -0 stays what it is, unless 0 is added
					v += z
				}
				y.Data[at+i] = byte(d.Encode(v, k.saturate, dtype.Nearest))
			}
		case d.Size() == 2:
			kernels.Codes(tensor.View[uint16](y)[at:][:len(x)], x, zero, k.least, k.most)
		default:
			kernels.Codes(y.Data[at:][:len(x)], x, zero, k.least, k.most)
		}
	})
}
