package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// Kernels compute with four types: float32, float64, int64 and uint64. The other numbers are ways to store those. They
// are loaded as one of the four before a kernel sees them, and what it computes is stored with the bits that fit. Sums,
// products, bits and shifts come out as if they had been computed with few bits all along, and comparisons and
// quotients are those of the same numbers.
//
// So the code of an operator does not grow with the number of types that it takes, which decides about the size of a
// program; a new way to store numbers is a line below, not a version of everything.

// computingType returns the type that elements of type d are computed with: d itself for those that are no numbers.
func computingType(d dtype.DType) dtype.DType {
	switch {
	case dtype.Signed.Has(d):
		return dtype.Int64
	case dtype.Unsigned.Has(d):
		return dtype.Uint64
	}
	return d
}

// load converts the numbers at the start of src, which are of type d, to as many of T as dst holds: floats to integers
// towards zero, integers by their low bits. A bool is 0 or 1.
func load[T kernels.Number](dst []T, src []byte, d dtype.DType) {
	n := len(dst)
	switch d {
	case dtype.Float32:
		kernels.Convert(dst, tensor.Cast[float32](src)[:n])
	case dtype.Float64:
		kernels.Convert(dst, tensor.Cast[float64](src)[:n])
	case dtype.Int8:
		kernels.Convert(dst, tensor.Cast[int8](src)[:n])
	case dtype.Int16:
		kernels.Convert(dst, tensor.Cast[int16](src)[:n])
	case dtype.Int32:
		kernels.Convert(dst, tensor.Cast[int32](src)[:n])
	case dtype.Int64:
		kernels.Convert(dst, tensor.Cast[int64](src)[:n])
	case dtype.Uint8, dtype.Bool:
		kernels.Convert(dst, src[:n])
	case dtype.Uint16:
		kernels.Convert(dst, tensor.Cast[uint16](src)[:n])
	case dtype.Uint32:
		kernels.Convert(dst, tensor.Cast[uint32](src)[:n])
	case dtype.Uint64:
		kernels.Convert(dst, tensor.Cast[uint64](src)[:n])
	}
}

// store writes integers to the start of dst as elements of size bytes: their low bits.
func store(dst []byte, src []int64, size int) {
	switch size {
	case 1:
		kernels.Convert(dst[:len(src)], src)
	case 2:
		kernels.Convert(tensor.Cast[uint16](dst)[:len(src)], src)
	case 4:
		kernels.Convert(tensor.Cast[uint32](dst)[:len(src)], src)
	case 8:
		copy(tensor.Cast[int64](dst), src)
	}
}

// Numbers that are loaded for operators on single elements are loaded a tile at a time: so many elements that they stay
// in a first-level cache.
const (
	tile      = 256
	tileBytes = 8 * tile // of the widest numbers
)

// loadTile returns n elements of t, from the given one on, as numbers of type d: in scratch, unless they lie there as
// such.
func loadTile(scratch []byte, d dtype.DType, t *tensor.Tensor, from, n int) []byte {
	src := t.Data[from*t.DType.Size():]
	wide := n * d.Size()
	if t.DType == d {
		return src[:wide]
	}
	dst := scratch[:wide]
	switch d {
	case dtype.Float32:
		load(tensor.Cast[float32](dst), src, t.DType)
	case dtype.Float64:
		load(tensor.Cast[float64](dst), src, t.DType)
	default:
		load(tensor.Cast[int64](dst), src, t.DType)
	}
	return dst
}

// storeTile writes n results to t, from the given element on: integers of 64 bits, or what t holds.
func storeTile(t *tensor.Tensor, from int, results []byte, n int) {
	size := t.DType.Size()
	if len(results) == n*size {
		copy(t.Data[from*size:], results)
		return
	}
	store(t.Data[from*size:], tensor.Cast[int64](results), size)
}

// scratchFor returns the memory that n numbers of 64 bits take, rounded up so that more may follow, or a
// *fault.LimitError.
func scratchFor(n int64) (int, error) {
	bytes := 8 * n
	if bytes > maxScratch {
		return 0, &fault.LimitError{What: "bytes of an operator's own memory", Got: bytes, Max: maxScratch}
	}
	return int(bytes+tensor.Align-1) &^ (tensor.Align - 1), nil
}

// maxScratch bounds the memory that loaded numbers take. It leaves room for what a kernel wants besides.
const maxScratch = math.MaxInt32 / 2
