package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// Operators that nobody waits for, or that wait for memory, are computed in float64 whatever type of floats they are
// given: a row or a tile is loaded, computed with, and stored with one rounding. So there is one copy of their code.

// loadDoubles converts the floats of t from the given one on to as many as dst holds.
func loadDoubles(dst []float64, t *tensor.Tensor, from int) []float64 {
	load(dst, t.Data[from*t.DType.Size():], t.DType)
	return dst
}

// storeDoubles writes floats to t from the given element on.
func storeDoubles(t *tensor.Tensor, from int, src []float64) {
	convertFloats(t.Data[from*t.DType.Size():], src, t.DType)
}

// convertFloats writes floats to the start of dst as elements of type d, one of 16 bits or more.
func convertFloats[T kernels.Float](dst []byte, src []T, d dtype.DType) {
	switch d {
	case dtype.Float32:
		kernels.Convert(tensor.Cast[float32](dst)[:len(src)], src)
	case dtype.Float64:
		kernels.Convert(tensor.Cast[float64](dst)[:len(src)], src)
	default:
		to := tensor.Cast[uint16](dst)[:len(src)]
		for i, v := range src {
			to[i] = d.Encode(float64(v), false, dtype.Nearest)
		}
	}
}

// roundAs rounds numbers to those that are elements of type d; Undefined has all of them.
func roundAs[T kernels.Float](row []T, d dtype.DType) {
	switch {
	case d == dtype.Float32:
		for i, v := range row {
			row[i] = T(float32(v))
		}
	case dtype.SmallFloats.Has(d):
		for i, v := range row {
			row[i] = T(d.Decode(d.Encode(float64(v), false, dtype.Nearest)))
		}
	}
}

// doubleAt returns an element of a tensor of floats.
func doubleAt(t *tensor.Tensor, i int) float64 {
	var v [1]float64
	return loadDoubles(v[:], t, i)[0]
}

// floatType returns the type of floats that an attribute names by its number, Undefined when it is absent.
func floatType(n *Node, name string) (dtype.DType, error) {
	if !n.HasAttr(name) {
		return dtype.Undefined, nil
	}
	d := n.Int(name)
	if d < 0 || d > math.MaxUint8 || !dtype.Floating.Has(dtype.DType(d)) {
		return dtype.Undefined, fault.Format("%s is %d, which is no type of floats", name, d)
	}
	return dtype.DType(d), nil
}
