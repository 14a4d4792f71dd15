package wire

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// ExternalData says where the elements of a tensor lie that are not in the model's file.
type ExternalData struct {
	Location string // a slash-separated path relative to the model's folder; not checked
	Offset   int64  // the first byte
	Length   int64  // bytes; -1 when the tensor does not say, meaning what its shape needs
	Checksum string // SHA-1 of the file in hexadecimal, or ""
}

// IsExternal reports whether the elements lie outside of the message.
func (t *Tensor) IsExternal() bool { return t.DataLocation == 1 }

// ExternalData reads the entries of External.
func (t *Tensor) ExternalData() (ExternalData, error) {
	x := ExternalData{Length: -1}
	for _, e := range t.External {
		var err error
		switch e.Key {
		case "location":
			x.Location = e.Value
		case "offset":
			x.Offset, err = nonNegative(e)
		case "length":
			x.Length, err = nonNegative(e)
		case "checksum":
			x.Checksum = e.Value
		}
		if err != nil {
			return ExternalData{}, err
		}
	}
	if x.Location == "" {
		return ExternalData{}, errors.New("external data without a location")
	}
	return x, nil
}

func nonNegative(e StringEntry) (int64, error) {
	v, err := strconv.ParseInt(e.Value, 10, 64)
	if err != nil || v < 0 {
		return 0, fmt.Errorf("external data has %s %q", e.Key, e.Value)
	}
	return v, nil
}

// elements multiplies the dimensions; false when the product does not fit.
func (t *Tensor) elements() (int64, bool) {
	n := int64(1)
	for _, d := range t.Dims {
		if d == 0 {
			return 0, true
		}
	}
	for _, d := range t.Dims {
		if d < 0 || n > math.MaxInt64/d {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// whole reports whether t has a type and holds just the elements that its dimensions ask for.
func (t *Tensor) whole() bool {
	n, ok := t.elements()
	bits := elementBits(t.DataType)
	if !ok || bits == 0 || n > math.MaxInt64/128 {
		return false
	}
	if t.IsExternal() {
		return true
	}
	if t.DataType == typeString {
		return int64(len(t.Strings)) == n
	}
	if t.Raw != nil {
		return int64(len(t.Raw)) == (n*int64(bits)+7)/8
	}
	perEntry := int64(1) // elements in one entry of a typed list
	if bits < 8 {
		perEntry = int64(8 / bits)
	}
	entries := int64(len(t.Floats) + len(t.Int32s) + len(t.Int64s) + len(t.Doubles) + len(t.Uint64s))
	if t.DataType == typeComplex64 || t.DataType == typeComplex128 {
		n *= 2
	}
	return entries == (n+perEntry-1)/perEntry
}

// The data types that whole treats apart.
const (
	typeString     = 8
	typeComplex64  = 14
	typeComplex128 = 15
)

// elementBits gives the size of an element in Raw, by TensorProto.DataType; 0 when there is no such type.
// Strings have no size; any other number will do for them.
func elementBits(dataType int32) int {
	bits := [...]uint8{
		1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, typeString: 8, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64,
		typeComplex64: 64, typeComplex128: 128, 16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2,
	}
	if dataType < 0 || int(dataType) >= len(bits) {
		return 0
	}
	return int(bits[dataType])
}
