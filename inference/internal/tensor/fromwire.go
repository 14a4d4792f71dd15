package tensor

import (
	"encoding/binary"
	"math"
	"runtime"
	"slices"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/wire"
)

// unaligned says whether this processor loads elements from any address without help.
// Elsewhere raw data that lies badly in its file is copied.
const unaligned = runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64" || runtime.GOARCH == "386"

// littleEndian says whether raw data, which is little-endian, can be used as it is.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// FromWire returns the tensor that a TensorProto describes. Where raw data can be used as it lies, the result shares
// its memory; since a model file may be mapped read-only, a tensor made here must not be written to.
// Tensors whose data lies outside of the message are refused: [FromRaw] makes those.
func FromWire(w *wire.Tensor) (*Tensor, error) {
	if w.IsExternal() {
		return nil, fault.Format("tensor %q: its data lies in another file", w.Name)
	}
	d, shape, err := header(w)
	if err != nil {
		return nil, err
	}
	if w.Raw != nil && d != dtype.String {
		return fromRaw(w.Name, d, shape, w.Raw)
	}
	return fromLists(w, d, shape)
}

// FromRaw returns the tensor whose header is w and whose elements are raw, under the rules of [FromWire].
func FromRaw(w *wire.Tensor, raw []byte) (*Tensor, error) {
	d, shape, err := header(w)
	if err != nil {
		return nil, err
	}
	if d == dtype.String {
		return nil, fault.Format("tensor %q: strings cannot lie in another file", w.Name)
	}
	return fromRaw(w.Name, d, shape, raw)
}

// RawBytes returns the bytes that the elements of w take in raw data.
func RawBytes(w *wire.Tensor) (int64, error) {
	d, shape, err := header(w)
	if err != nil {
		return 0, err
	}
	return packed(d, Elems(shape)), nil
}

// packed returns the bytes that n elements take in raw data.
func packed(d dtype.DType, n int) int64 { return (int64(n)*int64(d.Bits()) + 7) / 8 }

// header checks w's type and dimensions.
func header(w *wire.Tensor) (dtype.DType, []int, error) {
	d := dtype.DType(w.DataType)
	if w.DataType < 0 || w.DataType > math.MaxUint8 || !d.Valid() {
		return 0, nil, fault.Format("tensor %q: unknown element type %d", w.Name, w.DataType)
	}
	shape := make([]int, len(w.Dims))
	for i, n := range w.Dims {
		if n < 0 {
			return 0, nil, fault.Format("tensor %q: dimension %d is negative", w.Name, n)
		}
		if n > math.MaxInt {
			return 0, nil, &fault.LimitError{What: "tensor dimension", Got: n, Max: math.MaxInt}
		}
		shape[i] = int(n)
	}
	if _, err := Bytes(d, shape); err != nil {
		return 0, nil, err
	}
	return d, shape, nil
}

func fromRaw(name string, d dtype.DType, shape []int, raw []byte) (*Tensor, error) {
	n := Elems(shape)
	if want := packed(d, n); int64(len(raw)) != want {
		return nil, fault.Format("tensor %q: %v%v takes %d bytes, it has %d", name, d, shape, want, len(raw))
	}
	t := &Tensor{DType: d, Shape: shape, Data: raw}
	switch {
	case d.Bits() < 8:
		t.Data = unpack(d, raw, n)
	case d == dtype.Bool && slices.ContainsFunc(raw, func(b byte) bool { return b > 1 }):
		t.Data = make([]byte, n)
		for i, b := range raw {
			t.Data[i] = min(b, 1)
		}
	case !littleEndian && d.Size() > 1:
		t.Data = Alloc(len(raw))
		swap(t.Data, raw, d)
	case !unaligned && uintptr(unsafe.Pointer(unsafe.SliceData(raw)))%uintptr(min(d.Size(), 8)) != 0:
		t.Data = Alloc(len(raw))
		copy(t.Data, raw)
	}
	return t, nil
}

// swap turns the bytes of each number around; a complex element is two numbers.
func swap(dst, src []byte, d dtype.DType) {
	size := d.Size()
	if d == dtype.Complex64 || d == dtype.Complex128 {
		size /= 2
	}
	copy(dst, src)
	for i := 0; i < len(dst); i += size {
		slices.Reverse(dst[i : i+size])
	}
}

// unpack spreads n elements of 4 or 2 bits, lowest bits first, over one byte each.
func unpack(d dtype.DType, raw []byte, n int) []byte {
	bits := d.Bits()
	mask := byte(1)<<bits - 1
	per := 8 / bits
	out := make([]byte, n)
	for i := range out {
		v := raw[i/per] >> (i % per * bits) & mask
		if d == dtype.I4 || d == dtype.I2 {
			v = byte(int8(v<<(8-bits)) >> (8 - bits))
		}
		out[i] = v
	}
	return out
}

// fromLists reads the typed lists that stand in for raw data.
func fromLists(w *wire.Tensor, d dtype.DType, shape []int) (*Tensor, error) {
	n := Elems(shape)
	t := &Tensor{DType: d, Shape: shape}
	entries, want := 0, int64(n)
	switch d {
	case dtype.Float32, dtype.Complex64:
		entries, want = len(w.Floats), int64(n)*int64(d.Size()/4)
	case dtype.Float64, dtype.Complex128:
		entries, want = len(w.Doubles), int64(n)*int64(d.Size()/8)
	case dtype.Int64:
		entries = len(w.Int64s)
	case dtype.Uint32, dtype.Uint64:
		entries = len(w.Uint64s)
	case dtype.String:
		entries = len(w.Strings)
	default:
		entries = len(w.Int32s)
		if d.Bits() < 8 {
			want = packed(d, n)
		}
	}
	if int64(entries) != want {
		return nil, fault.Format("tensor %q: %v%v takes %d entries, it has %d", w.Name, d, shape, want, entries)
	}
	switch d {
	case dtype.Float32, dtype.Complex64:
		t.Data = BytesOf(w.Floats)
	case dtype.Float64, dtype.Complex128:
		t.Data = BytesOf(w.Doubles)
	case dtype.Int32:
		t.Data = BytesOf(w.Int32s)
	case dtype.Int64:
		t.Data = BytesOf(w.Int64s)
	case dtype.Uint64:
		t.Data = BytesOf(w.Uint64s)
	case dtype.Uint32:
		t.Data = narrow[uint32](w.Uint64s)
	case dtype.String:
		t.Strings = make([]string, n)
		for i, s := range w.Strings {
			t.Strings[i] = string(s)
		}
	default:
		switch d.Size() {
		case 2:
			t.Data = narrow[uint16](w.Int32s)
		default:
			return fromRaw(w.Name, d, shape, narrow[uint8](w.Int32s))
		}
	}
	return t, nil
}

// narrow converts list entries to the narrower integers that they hold.
func narrow[To uint8 | uint16 | uint32, From int32 | uint64](list []From) []byte {
	out := Alloc(len(list) * int(unsafe.Sizeof(To(0))))
	for i, v := range list {
		Cast[To](out)[i] = To(v)
	}
	return out
}

// ValueFromWire returns the value that a serialized test input or output describes.
func ValueFromWire(w wire.Value) (Value, error) {
	switch {
	case w.Tensor != nil:
		return FromWire(w.Tensor)
	case w.Sequence != nil:
		return sequenceFromWire(w.Sequence)
	case w.Optional != nil:
		return optionalFromWire(w.Optional)
	}
	return nil, fault.Format("no value")
}

func sequenceFromWire(w *wire.Sequence) (*Sequence, error) {
	s := &Sequence{}
	var err error
	switch w.Elem {
	case wire.ElemTensor:
		s.Items, err = each(w.Tensors, FromWire)
	case wire.ElemSequence:
		s.Items, err = each(w.Sequences, sequenceFromWire)
	case wire.ElemMap:
		s.Items, err = each(w.Maps, mapFromWire)
	case wire.ElemOptional:
		s.Items, err = each(w.Optionals, optionalFromWire)
	case wire.ElemUndefined:
	default:
		err = fault.Format("sequence %q: sparse tensors are not supported", w.Name)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// each converts a list, stopping at the first error.
func each[W any, V Value](list []W, convert func(W) (V, error)) ([]Value, error) {
	items := make([]Value, len(list))
	for i, w := range list {
		v, err := convert(w)
		if err != nil {
			return nil, err
		}
		items[i] = v
	}
	return items, nil
}

func optionalFromWire(w *wire.Optional) (*Optional, error) {
	var item Value
	var err error
	switch {
	case w.Tensor != nil:
		item, err = FromWire(w.Tensor)
	case w.Sequence != nil:
		item, err = sequenceFromWire(w.Sequence)
	case w.Map != nil:
		item, err = mapFromWire(w.Map)
	case w.Optional != nil:
		item, err = optionalFromWire(w.Optional)
	case w.Sparse != nil:
		err = fault.Format("optional %q: sparse tensors are not supported", w.Name)
	}
	if err != nil {
		return nil, err
	}
	return &Optional{Item: item}, nil
}

func mapFromWire(w *wire.Map) (*Map, error) {
	values, err := sequenceFromWire(w.Values)
	if err != nil {
		return nil, err
	}
	m := &Map{Values: values}
	switch d := dtype.DType(w.KeyType); {
	case w.KeyType == int32(dtype.String):
		m.Keys = New(dtype.String, []int{len(w.StringKeys)})
		for i, k := range w.StringKeys {
			m.Keys.Strings[i] = string(k)
		}
	case w.KeyType > 0 && w.KeyType < 32 && dtype.Ints.Has(d):
		// Every integer key is kept as int64, whatever its declared width.
		m.Keys = Of(slices.Clone(w.Keys), len(w.Keys))
	default:
		return nil, fault.Format("map %q: unknown key type %d", w.Name, w.KeyType)
	}
	if m.Keys.Len() != len(values.Items) {
		return nil, fault.Format("map %q: %d keys and %d values", w.Name, m.Keys.Len(), len(values.Items))
	}
	return m, nil
}
