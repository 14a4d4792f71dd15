package dtype

// Set is a set of element types, one bit each.
type Set uint32

// Sets that operators name in their type constraints.
const (
	Floats   = Set(1<<Float32 | 1<<Float64)
	Signed   = Set(1<<Int8 | 1<<Int16 | 1<<Int32 | 1<<Int64)
	Unsigned = Set(1<<Uint8 | 1<<Uint16 | 1<<Uint32 | 1<<Uint64)
	Ints     = Signed | Unsigned
	Numbers  = Ints | Floats
	Bools    = Set(1 << Bool)
	Strings  = Set(1 << String)

	// SmallFloats are the floats that Go has no type for.
	SmallFloats = Set(1<<F16 | 1<<BF16 | 1<<F8E4M3FN | 1<<F8E4M3FNUZ | 1<<F8E5M2 | 1<<F8E5M2FNUZ | 1<<F8E8M0 | 1<<F4E2M1)

	// Fixed holds every type whose elements have a fixed size: all but String.
	Fixed = Set(1<<27-1) &^ (1<<Undefined | 1<<String)
	All   = Fixed | Strings
)

// SetOf returns the set of the given types.
func SetOf(types ...DType) Set {
	var s Set
	for _, d := range types {
		s |= 1 << d
	}
	return s
}

// Has reports whether d is in s.
func (s Set) Has(d DType) bool { return d.Valid() && s&(1<<d) != 0 }
