package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// The quantized products and convolutions compute with float64: sums of products of bytes are exact, whatever their
// zero points, and a float64 is multiplied faster than an int32 without vector instructions. What goes in are bytes, by
// way of a table of what each stands for; what comes out is stored by a requantizer.

// decodeTable sets table to the values of all bytes as elements of type d.
func decodeTable(table *[256]float64, d dtype.DType) {
	var all [256]byte
	for i := range all {
		all[i] = byte(i)
	}
	load(table[:], all[:], d)
}

// scaleOf returns the i-th element of a scale, nil being 1.
func scaleOf(scale *tensor.Tensor, i int) float32 {
	if scale == nil {
		return 1
	}
	var v [1]float32
	load(v[:], scale.Data[i*scale.DType.Size():], scale.DType)
	return v[0]
}

// zeroOf returns the i-th element of a zero point, nil being 0.
func zeroOf(zero *tensor.Tensor, i int) float64 {
	if zero == nil {
		return 0
	}
	var v [1]float64
	load(v[:], zero.Data[i*zero.DType.Size():], zero.DType)
	return v[0]
}

// requantizer stores exact sums as elements of an output: int32 as they are, others scaled, with a zero point.
type requantizer struct {
	to          *tensor.Tensor
	zero        float64
	least, most float64
}

// requantizerFor returns the requantizer for c's output, with the zero point of input zero, which may be nil.
func requantizerFor(c *Ctx, zero *tensor.Tensor) requantizer {
	r := requantizer{to: c.Out[0], zero: zeroOf(zero, 0)}
	r.least, r.most = codeRange(r.to.DType)
	return r
}

// store stores sums times by from the given element on. Sums of int32 wrap around.
func (r *requantizer) store(at int, sums []float64, by float32) {
	switch d := r.to.DType; {
	case d == dtype.Int32:
		out := tensor.View[int32](r.to)[at:][:len(sums)]
		for i, s := range sums {
			out[i] = int32(int64(s))
		}
	case dtype.Float8s.Has(d):
		for i, s := range sums {
			r.to.Data[at+i] = byte(d.Encode(float64(s*float64(by))+r.zero, true, dtype.Nearest))
		}
	default:
		kernels.Requantize(r.to.Data[at:][:len(sums)], sums, float64(by), r.zero, r.least, r.most)
	}
}
