package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// numberCast is the kernel that converts numbers and bools of any type to any other, a tile at a time where it is not
// done at once.
//
// Integers keep the bits that fit. Floats become integers towards zero, or, as the standard has it for those of 4 and 2
// bits, the nearest, of which then the bits that fit are kept; what is beyond 64 bits is the greatest or least of these,
// and NaN is 0, on every processor.
type numberCast struct {
	saturate bool // too large floats of 8 bits
	round    dtype.Rounding
}

// Scratch has room for a tile of floats and one of integers.
func (k *numberCast) Scratch() int { return 2 * tileBytes }

func (k *numberCast) Run(c *Ctx) error {
	dst, src := c.Out[0], c.In[0]
	switch dst.DType {
	case dtype.Float32:
		load(tensor.View[float32](dst), src.Data, src.DType)
		return nil
	case dtype.Float64:
		load(tensor.View[float64](dst), src.Data, src.DType)
		return nil
	case dtype.F16, dtype.BF16:
		if src.DType == dtype.Float32 {
			storeFloats(dst.Data, tensor.View[float32](src), dst.DType)
			return nil
		}
	}
	floats, ints := castTiles(c)
	for at, n := 0, dst.Len(); at < n; at += tile {
		if err := c.Cancelled(); err != nil {
			return err
		}
		part, count := src.Data[at*src.DType.Size():], min(tile, n-at)
		if isInteger(src.DType) && isInteger(dst.DType) {
			load(ints[:count], part, src.DType)
			storeInts(dst.Data[at*dst.DType.Size():], ints[:count], dst.DType)
			continue
		}
		load(floats[:count], part, src.DType)
		k.store(dst, at, floats[:count], ints)
	}
	return nil
}

// castTiles returns the tiles that casts compute in.
func castTiles(c *Ctx) (floats []float64, ints []int64) {
	return tensor.Cast[float64](c.Scratch[:tileBytes]), tensor.Cast[int64](c.Scratch[tileBytes:][:tileBytes])
}

// isInteger reports whether elements of type d are integers; a bool is one when it is read.
func isInteger(d dtype.DType) bool {
	return dtype.Ints.Has(d) || d.Bits() < 8 && d != dtype.F4E2M1 && d != dtype.String
}

// store writes floats to dst, from the given element on; ints is for as many integers.
func (k *numberCast) store(dst *tensor.Tensor, at int, floats []float64, ints []int64) {
	d, n := dst.DType, len(floats)
	to := dst.Data[at*d.Size():]
	switch {
	case d == dtype.Float32:
		kernels.Convert(tensor.Cast[float32](to)[:n], floats)
	case d == dtype.Float64:
		copy(tensor.Cast[float64](to), floats)
	case d == dtype.Bool:
		kernels.NotZero(tensor.Cast[bool](to[:n]), floats)
	case d == dtype.Uint64:
		kernels.TruncateUnsigned(tensor.Cast[uint64](to)[:n], floats)
	case isInteger(d):
		if d.Bits() < 8 {
			kernels.Each(floats, floats, math.RoundToEven)
		}
		kernels.Truncate(ints, floats)
		storeInts(to, ints[:n], d)
	case d.Size() == 2:
		for i, v := range floats {
			tensor.Cast[uint16](to)[i] = d.Encode(v, k.saturate, k.round)
		}
	default:
		for i, v := range floats {
			to[i] = byte(d.Encode(v, k.saturate, k.round))
		}
	}
}

// castWriter returns the function that writes a float as an element of type d, for operators that make few of them.
func castWriter(dtype.DType, *Node) func(t *tensor.Tensor, i int, v float64) { return writeNumber }

func writeNumber(t *tensor.Tensor, i int, v float64) {
	var ints [1]int64
	k := numberCast{saturate: true}
	k.store(t, i, []float64{v}, ints[:])
}

// castReader returns the function that reads an element of type d as a float.
func castReader(d dtype.DType) func(t *tensor.Tensor, i int) (float64, error) {
	if dtype.SmallFloats.Has(d) {
		return readSmall
	}
	return readNumber
}

func readNumber(t *tensor.Tensor, i int) (float64, error) {
	var v [1]float64
	load(v[:], t.Data[i*t.DType.Size():], t.DType)
	return v[0], nil
}

func readSmall(t *tensor.Tensor, i int) (float64, error) {
	bits := uint16(0)
	if t.DType.Size() == 1 {
		bits = uint16(t.Data[i])
	} else {
		bits = tensor.View[uint16](t)[i]
	}
	return float64(t.DType.Decode(bits)), nil
}
