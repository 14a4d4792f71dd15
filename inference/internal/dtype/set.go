package dtype

// Set is a set of element types, one bit each. Further bits say what holds elements of these types: tensors, unless
// [NoTensors] is in it, and whatever of [InSequences] and the others is.
type Set uint64

// What else than a tensor may hold elements of the types in a set.
const (
	NoTensors               Set = 1 << (32 + iota)
	InSequences                 // seq(tensor(T))
	InOptionals                 // optional(tensor(T))
	InOptionalSequences         // optional(seq(tensor(T)))
	InIntMaps                   // map(int64, T)
	InStringMaps                // map(string, T)
	InSequencesOfIntMaps        // seq(map(int64, T))
	InSequencesOfStringMaps     // seq(map(string, T))

	// OriginalHeld restricts what holds elements, other than tensors, to the original types.
	OriginalHeld
)

// Sets that operators name in their type constraints.
const (
	Floats   = Set(1<<Float32 | 1<<Float64)
	Signed   = Set(1<<Int8 | 1<<Int16 | 1<<Int32 | 1<<Int64)
	Unsigned = Set(1<<Uint8 | 1<<Uint16 | 1<<Uint32 | 1<<Uint64)
	Ints     = Signed | Unsigned
	Numbers  = Ints | Floats
	Bools    = Set(1 << Bool)
	Strings  = Set(1 << String)

	// Halves are the floats of 16 bits, Float8s those of 8 that have a fraction.
	Halves  = Set(1<<F16 | 1<<BF16)
	Float8s = Set(1<<F8E4M3FN | 1<<F8E4M3FNUZ | 1<<F8E5M2 | 1<<F8E5M2FNUZ)

	// IEEE are the floats of IEEE 754, which ONNX has had from the start; Floating are these and bfloat16.
	IEEE     = Floats | Set(1<<F16)
	Floating = Floats | Halves

	Complex = Set(1<<Complex64 | 1<<Complex128)

	// SmallFloats are the floats that Go has no type for.
	SmallFloats = Halves | Float8s | Set(1<<F8E8M0|1<<F4E2M1)

	// Fixed holds every type whose elements have a fixed size: all but String.
	Fixed = Set(1<<27-1) &^ (1<<Undefined | 1<<String)
	All   = Fixed | Strings

	// Original are the types that the standard has had from the start.
	Original = Numbers | 1<<F16 | Complex | Bools | Strings
)

// SetOf returns the set of the given types.
func SetOf(types ...DType) Set {
	var s Set
	for _, d := range types {
		s |= 1 << d
	}
	return s
}

// Elements returns the element types in s, without what holds them.
func (s Set) Elements() Set { return s & All }

// Has reports whether d is in s.
func (s Set) Has(d DType) bool { return d.Valid() && s&(1<<d) != 0 }
