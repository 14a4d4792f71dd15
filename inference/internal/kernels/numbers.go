package kernels

// Float is a float that Go computes with.
type Float interface{ float32 | float64 }

// Signed is a number with a sign.
type Signed interface {
	int8 | int16 | int32 | int64 | Float
}

// Integer is an integer.
type Integer interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

// Number is any number that Go computes with, save complex ones.
type Number interface {
	Integer | Float
}
