package dtype

// The element types that Go has no built-in type for. Each holds the bits of one element, alone in its Go value.
type (
	BFloat16       uint16 // bfloat16
	Float16        uint16 // IEEE 754 binary16
	Float8E4M3FN   uint8  // float8, 4 exponent and 3 mantissa bits, no infinities
	Float8E4M3FNUZ uint8  // float8, 4 and 3 bits, no infinities, no negative zero
	Float8E5M2     uint8  // float8, 5 and 2 bits, as in IEEE 754
	Float8E5M2FNUZ uint8  // float8, 5 and 2 bits, no infinities, no negative zero
	Float8E8M0     uint8  // a power of two: the exponent alone
	Float4E2M1     uint8  // float4 in the low half
	Uint4          uint8  // 0 to 15
	Int4           int8   // -8 to 7
	Uint2          uint8  // 0 to 3
	Int2           int8   // -2 to 1
)

// Element is any Go type that holds one element of a tensor of fixed-size elements.
type Element interface {
	float32 | float64 | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | bool |
		complex64 | complex128 | Float16 | BFloat16 | Float8E4M3FN | Float8E4M3FNUZ | Float8E5M2 | Float8E5M2FNUZ | Float8E8M0 |
		Float4E2M1 | Uint4 | Int4 | Uint2 | Int2
}

// Of returns the element type that the Go type T holds.
func Of[T Element]() DType {
	var zero T
	return of(zero)
}

// of is Of apart from the type parameter, so that there is one copy of it.
//
//go:noinline
func of(v any) DType {
	switch v.(type) {
	case float32:
		return Float32
	case float64:
		return Float64
	case int8:
		return Int8
	case int16:
		return Int16
	case int32:
		return Int32
	case int64:
		return Int64
	case uint8:
		return Uint8
	case uint16:
		return Uint16
	case uint32:
		return Uint32
	case uint64:
		return Uint64
	case bool:
		return Bool
	case complex64:
		return Complex64
	case complex128:
		return Complex128
	case Float16:
		return F16
	case BFloat16:
		return BF16
	case Float8E4M3FN:
		return F8E4M3FN
	case Float8E4M3FNUZ:
		return F8E4M3FNUZ
	case Float8E5M2:
		return F8E5M2
	case Float8E5M2FNUZ:
		return F8E5M2FNUZ
	case Float8E8M0:
		return F8E8M0
	case Float4E2M1:
		return F4E2M1
	case Uint4:
		return U4
	case Int4:
		return I4
	case Uint2:
		return U2
	case Int2:
		return I2
	}
	return Undefined
}
