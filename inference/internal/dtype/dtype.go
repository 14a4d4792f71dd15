// Package dtype names ONNX's element types and the Go types that hold them.
//
// A [DType] carries the number that TensorProto.DataType gives it, so a value read from a file needs no table.
// Every element type has one Go type of the same meaning ([Of] maps from one to the other) and a fixed size in
// memory; the 4- and 2-bit types, packed in files, take one byte an element here.
package dtype

// DType is the type of a tensor's elements, numbered as TensorProto.DataType.
type DType uint8

// The element types. Those that Go has no type for go by a short name here, because the Go type that holds one
// element of them, such as [Float16], bears the full one.
const (
	Undefined  DType = 0
	Float32    DType = 1
	Uint8      DType = 2
	Int8       DType = 3
	Uint16     DType = 4
	Int16      DType = 5
	Int32      DType = 6
	Int64      DType = 7
	String     DType = 8
	Bool       DType = 9
	F16        DType = 10
	Float64    DType = 11
	Uint32     DType = 12
	Uint64     DType = 13
	Complex64  DType = 14
	Complex128 DType = 15
	BF16       DType = 16
	F8E4M3FN   DType = 17
	F8E4M3FNUZ DType = 18
	F8E5M2     DType = 19
	F8E5M2FNUZ DType = 20
	U4         DType = 21
	I4         DType = 22
	F4E2M1     DType = 23
	F8E8M0     DType = 24
	U2         DType = 25
	I2         DType = 26
)

// facts holds what is fixed for each element type: its name, its bytes in memory, its bits in a file.
var facts = [...]struct {
	name string
	size uint8
	bits uint8
}{
	Undefined:  {"undefined", 0, 0},
	Float32:    {"float32", 4, 32},
	Uint8:      {"uint8", 1, 8},
	Int8:       {"int8", 1, 8},
	Uint16:     {"uint16", 2, 16},
	Int16:      {"int16", 2, 16},
	Int32:      {"int32", 4, 32},
	Int64:      {"int64", 8, 64},
	String:     {"string", 0, 0},
	Bool:       {"bool", 1, 8},
	F16:        {"float16", 2, 16},
	Float64:    {"float64", 8, 64},
	Uint32:     {"uint32", 4, 32},
	Uint64:     {"uint64", 8, 64},
	Complex64:  {"complex64", 8, 64},
	Complex128: {"complex128", 16, 128},
	BF16:       {"bfloat16", 2, 16},
	F8E4M3FN:   {"float8e4m3fn", 1, 8},
	F8E4M3FNUZ: {"float8e4m3fnuz", 1, 8},
	F8E5M2:     {"float8e5m2", 1, 8},
	F8E5M2FNUZ: {"float8e5m2fnuz", 1, 8},
	U4:         {"uint4", 1, 4},
	I4:         {"int4", 1, 4},
	F4E2M1:     {"float4e2m1", 1, 4},
	F8E8M0:     {"float8e8m0", 1, 8},
	U2:         {"uint2", 1, 2},
	I2:         {"int2", 1, 2},
}

// Valid reports whether d is one of the types above other than Undefined.
func (d DType) Valid() bool { return d != Undefined && int(d) < len(facts) }

// String returns the type's name in lower case, such as "float32" or "int64".
func (d DType) String() string {
	if int(d) < len(facts) {
		return facts[d].name
	}
	return "invalid"
}

// Size returns the bytes that one element takes in memory. It is 0 for String, whose elements are Go strings, and
// for values that are no type.
func (d DType) Size() int {
	if int(d) < len(facts) {
		return int(facts[d].size)
	}
	return 0
}

// Bits returns the bits that one element takes in a file's raw data: fewer than 8 for the packed types, 0 for String.
func (d DType) Bits() int {
	if int(d) < len(facts) {
		return int(facts[d].bits)
	}
	return 0
}

// Parse returns the type with the given name, as [DType.String] writes it.
func Parse(name string) (DType, bool) {
	for i := range facts {
		if d := DType(i); d != Undefined && facts[i].name == name {
			return d, true
		}
	}
	return Undefined, false
}
