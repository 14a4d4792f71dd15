package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

// directCast returns the kernel that converts between types that Go knows, or nil when one of them is another.
func directCast(from, to dtype.DType) Kernel {
	switch from {
	case dtype.Float32:
		return castFrom[float32](to)
	case dtype.Float64:
		return castFrom[float64](to)
	case dtype.Int8:
		return castFrom[int8](to)
	case dtype.Int16:
		return castFrom[int16](to)
	case dtype.Int32:
		return castFrom[int32](to)
	case dtype.Int64:
		return castFrom[int64](to)
	case dtype.Uint8:
		return castFrom[uint8](to)
	case dtype.Uint16:
		return castFrom[uint16](to)
	case dtype.Uint32:
		return castFrom[uint32](to)
	case dtype.Uint64:
		return castFrom[uint64](to)
	case dtype.Bool:
		return castFromBool(to)
	}
	return nil
}

func castFrom[T kernels.Number](to dtype.DType) Kernel {
	switch to {
	case dtype.Float32:
		return mapping[T, float32](kernels.Convert[float32, T])
	case dtype.Float64:
		return mapping[T, float64](kernels.Convert[float64, T])
	case dtype.Int8:
		return mapping[T, int8](kernels.Convert[int8, T])
	case dtype.Int16:
		return mapping[T, int16](kernels.Convert[int16, T])
	case dtype.Int32:
		return mapping[T, int32](kernels.Convert[int32, T])
	case dtype.Int64:
		return mapping[T, int64](kernels.Convert[int64, T])
	case dtype.Uint8:
		return mapping[T, uint8](kernels.Convert[uint8, T])
	case dtype.Uint16:
		return mapping[T, uint16](kernels.Convert[uint16, T])
	case dtype.Uint32:
		return mapping[T, uint32](kernels.Convert[uint32, T])
	case dtype.Uint64:
		return mapping[T, uint64](kernels.Convert[uint64, T])
	case dtype.Bool:
		return mapping[T, bool](kernels.NotZero[T])
	}
	return nil
}

func castFromBool(to dtype.DType) Kernel {
	switch to {
	case dtype.Float32:
		return mapping[bool, float32](kernels.FromBool[float32])
	case dtype.Float64:
		return mapping[bool, float64](kernels.FromBool[float64])
	case dtype.Int8:
		return mapping[bool, int8](kernels.FromBool[int8])
	case dtype.Int16:
		return mapping[bool, int16](kernels.FromBool[int16])
	case dtype.Int32:
		return mapping[bool, int32](kernels.FromBool[int32])
	case dtype.Int64:
		return mapping[bool, int64](kernels.FromBool[int64])
	case dtype.Uint8:
		return mapping[bool, uint8](kernels.FromBool[uint8])
	case dtype.Uint16:
		return mapping[bool, uint16](kernels.FromBool[uint16])
	case dtype.Uint32:
		return mapping[bool, uint32](kernels.FromBool[uint32])
	case dtype.Uint64:
		return mapping[bool, uint64](kernels.FromBool[uint64])
	}
	return nil
}
