package inference

import "github.com/brinkml/brink/inference/internal/dtype"

// DType is the type of a tensor's elements, numbered as ONNX's TensorProto.DataType.
// Its String method gives the name in lower case, such as "float32".
type DType = dtype.DType

// The element types. A type that Go has no built-in type for goes by a short name, such as F16, because the Go type
// that holds one element of it, such as [Float16], bears the full one.
const (
	Float32    = dtype.Float32
	Float64    = dtype.Float64
	Int8       = dtype.Int8
	Int16      = dtype.Int16
	Int32      = dtype.Int32
	Int64      = dtype.Int64
	Uint8      = dtype.Uint8
	Uint16     = dtype.Uint16
	Uint32     = dtype.Uint32
	Uint64     = dtype.Uint64
	Bool       = dtype.Bool
	String     = dtype.String
	Complex64  = dtype.Complex64
	Complex128 = dtype.Complex128
	F16        = dtype.F16
	BF16       = dtype.BF16
	F8E4M3FN   = dtype.F8E4M3FN
	F8E4M3FNUZ = dtype.F8E4M3FNUZ
	F8E5M2     = dtype.F8E5M2
	F8E5M2FNUZ = dtype.F8E5M2FNUZ
	F8E8M0     = dtype.F8E8M0
	F4E2M1     = dtype.F4E2M1
	U4         = dtype.U4
	I4         = dtype.I4
	U2         = dtype.U2
	I2         = dtype.I2
)

// The Go types of elements that Go has no built-in type for. Each holds the bits of one element; the 4- and 2-bit
// ones take one byte an element, although ONNX files pack them.
type (
	Float16        = dtype.Float16        // IEEE 754 binary16
	BFloat16       = dtype.BFloat16       // the upper half of a float32
	Float8E4M3FN   = dtype.Float8E4M3FN   // 4 exponent and 3 mantissa bits, no infinities
	Float8E4M3FNUZ = dtype.Float8E4M3FNUZ // 4 and 3 bits, no infinities, no negative zero
	Float8E5M2     = dtype.Float8E5M2     // 5 and 2 bits, as in IEEE 754
	Float8E5M2FNUZ = dtype.Float8E5M2FNUZ // 5 and 2 bits, no infinities, no negative zero
	Float8E8M0     = dtype.Float8E8M0     // a power of two
	Float4E2M1     = dtype.Float4E2M1     // in the low half of the byte
	Uint4          = dtype.Uint4          // 0 to 15
	Int4           = dtype.Int4           // -8 to 7
	Uint2          = dtype.Uint2          // 0 to 3
	Int2           = dtype.Int2           // -2 to 1
)

// Element is any Go type that holds one element of a tensor: each [DType] but [String] has exactly one.
type Element = dtype.Element

// DTypeOf returns the element type that the Go type T holds.
func DTypeOf[T Element]() DType { return dtype.Of[T]() }
