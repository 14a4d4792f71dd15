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
// products, bits and shifts of integers come out as if they had been computed with few bits all along, and comparisons
// and quotients are those of the same numbers. Small floats are computed as float32 and rounded once, to the nearest.
//
// So the code of an operator does not grow with the number of types that it takes, which decides about the size of a
// program; a new way to store numbers is a line below, not a version of everything.

// computingType returns the type that elements of type d are computed with: d itself for those that are no numbers.
func computingType(d dtype.DType) dtype.DType {
	switch {
	case dtype.Signed.Has(d), d == dtype.I4, d == dtype.I2:
		return dtype.Int64
	case dtype.Unsigned.Has(d), d == dtype.U4, d == dtype.U2:
		return dtype.Uint64
	case dtype.SmallFloats.Has(d):
		return dtype.Float32
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
	case dtype.Int8, dtype.I4, dtype.I2:
		kernels.Convert(dst, tensor.Cast[int8](src)[:n])
	case dtype.Int16:
		kernels.Convert(dst, tensor.Cast[int16](src)[:n])
	case dtype.Int32:
		kernels.Convert(dst, tensor.Cast[int32](src)[:n])
	case dtype.Int64:
		kernels.Convert(dst, tensor.Cast[int64](src)[:n])
	case dtype.Uint8, dtype.Bool, dtype.U4, dtype.U2:
		kernels.Convert(dst, src[:n])
	case dtype.Uint16:
		kernels.Convert(dst, tensor.Cast[uint16](src)[:n])
	case dtype.Uint32:
		kernels.Convert(dst, tensor.Cast[uint32](src)[:n])
	case dtype.Uint64:
		kernels.Convert(dst, tensor.Cast[uint64](src)[:n])
	case dtype.F16:
		for i, v := range tensor.Cast[dtype.Float16](src)[:n] {
			dst[i] = T(v.Float32())
		}
	case dtype.BF16:
		for i, v := range tensor.Cast[dtype.BFloat16](src)[:n] {
			dst[i] = T(v.Float32())
		}
	default:
		for i, v := range src[:n] {
			dst[i] = T(d.Decode(uint16(v)))
		}
	}
}

// store writes n results to the start of dst as elements of type d. They are numbers of the type that d is computed
// with: of integers the low bits are written.
func store(dst, results []byte, d dtype.DType, n int) {
	switch {
	case dtype.SmallFloats.Has(d):
		storeFloats(dst, tensor.Cast[float32](results)[:n], d)
	case computingType(d) == d && d != dtype.Bool:
		copy(dst, results[:n*d.Size()])
	default:
		storeInts(dst, tensor.Cast[int64](results)[:n], d)
	}
}

// storeInts writes the low bits of integers to the start of dst as elements of type d.
func storeInts(dst []byte, src []int64, d dtype.DType) {
	switch d.Size() {
	case 1:
		kernels.Convert(dst[:len(src)], src)
		if d.Bits() < 8 {
			for i, v := range dst[:len(src)] {
				dst[i] = lowBits(v, d)
			}
		}
	case 2:
		kernels.Convert(tensor.Cast[uint16](dst)[:len(src)], src)
	case 4:
		kernels.Convert(tensor.Cast[uint32](dst)[:len(src)], src)
	case 8:
		copy(tensor.Cast[int64](dst), src)
	}
}

// lowBits returns the byte that holds the lowest bits of v, with their sign where d, of less than 8 bits, has one.
func lowBits(v byte, d dtype.DType) byte {
	rest := 8 - d.Bits()
	if d == dtype.I4 || d == dtype.I2 {
		return byte(int8(v<<rest) >> rest)
	}
	return v << rest >> rest
}

// storeFloats writes floats to the start of dst as elements of a small type, what is too large as the greatest one.
func storeFloats(dst []byte, src []float32, d dtype.DType) {
	switch d {
	case dtype.F16:
		to := tensor.Cast[dtype.Float16](dst)[:len(src)]
		for i, v := range src {
			to[i] = dtype.RoundFloat16(v)
		}
	case dtype.BF16:
		to := tensor.Cast[dtype.BFloat16](dst)[:len(src)]
		for i, v := range src {
			to[i] = dtype.RoundBFloat16(v)
		}
	default:
		for i, v := range src {
			dst[i] = byte(d.Encode(float64(v), true, dtype.Nearest))
		}
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

// storeTile writes n results to t, from the given element on: as [store] takes them, or what t holds.
func storeTile(t *tensor.Tensor, from int, results []byte, n int) {
	size := t.DType.Size()
	if len(results) == n*size {
		copy(t.Data[from*size:], results)
		return
	}
	store(t.Data[from*size:], results, t.DType, n)
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
