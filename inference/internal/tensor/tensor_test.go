package tensor_test

import (
	"errors"
	"math"
	"slices"
	"testing"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

func TestAlloc(t *testing.T) {
	for n := range 200 {
		b := tensor.Alloc(n)
		if len(b) != n || cap(b) != n || n > 0 && uintptr(unsafe.Pointer(unsafe.SliceData(b)))%tensor.Align != 0 {
			t.Fatalf("Alloc(%d) = %d bytes, capacity %d, at %p", n, len(b), cap(b), unsafe.SliceData(b))
		}
	}
}

func TestBytes(t *testing.T) {
	for _, c := range []struct {
		d     dtype.DType
		shape []int
		want  int64 // -1: a LimitError
	}{
		{dtype.Float32, []int{2, 3}, 24},
		{dtype.Float32, []int{}, 4},
		{dtype.I4, []int{5}, 5},
		{dtype.Complex128, []int{2}, 32},
		{dtype.Float32, []int{0, 5}, 0},
		{dtype.Float32, []int{math.MaxInt, 2}, -1},
		{dtype.Float32, []int{0, math.MaxInt, 2}, -1},
		{dtype.Uint8, slices.Repeat([]int{2}, 100), -1},
	} {
		got, err := tensor.Bytes(c.d, c.shape)
		e := (*fault.LimitError)(nil)
		if c.want < 0 && !errors.As(err, &e) || c.want >= 0 && (err != nil || got != c.want) {
			t.Errorf("Bytes(%v, %v) = %d, %v; want %d", c.d, c.shape, got, err, c.want)
		}
	}
	if _, err := tensor.Bytes(dtype.Float32, []int{-1}); err == nil {
		t.Error("Bytes of a negative dimension = nil; want an error")
	}
}

// TestFromWire reads the same elements from raw data and from lists.
func TestFromWire(t *testing.T) {
	floats := []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0x40} // 1, 2
	for name, c := range map[string]struct {
		w    wire.Tensor
		want []byte
	}{
		"raw":        {wire.Tensor{DataType: 1, Dims: []int64{2}, Raw: floats}, floats},
		"floats":     {wire.Tensor{DataType: 1, Dims: []int64{2}, Floats: []float32{1, 2}}, floats},
		"bools":      {wire.Tensor{DataType: 9, Dims: []int64{3}, Raw: []byte{0, 1, 2}}, []byte{0, 1, 1}},
		"bool list":  {wire.Tensor{DataType: 9, Dims: []int64{2}, Int32s: []int32{1, 0}}, []byte{1, 0}},
		"int8":       {wire.Tensor{DataType: 3, Dims: []int64{2}, Int32s: []int32{-1, 5}}, []byte{0xff, 5}},
		"float16":    {wire.Tensor{DataType: 10, Dims: []int64{1}, Int32s: []int32{0x3c00}}, []byte{0, 0x3c}},
		"uint32":     {wire.Tensor{DataType: 12, Dims: []int64{1}, Uint64s: []uint64{7}}, []byte{7, 0, 0, 0}},
		"uint4":      {wire.Tensor{DataType: 21, Dims: []int64{3}, Raw: []byte{0x21, 0x0f}}, []byte{1, 2, 15}},
		"int4":       {wire.Tensor{DataType: 22, Dims: []int64{3}, Raw: []byte{0x8f, 0x07}}, []byte{0xff, 0xf8, 7}},
		"int4 list":  {wire.Tensor{DataType: 22, Dims: []int64{3}, Int32s: []int32{0x8f, 0x07}}, []byte{0xff, 0xf8, 7}},
		"uint2":      {wire.Tensor{DataType: 25, Dims: []int64{5}, Raw: []byte{0b11100100, 2}}, []byte{0, 1, 2, 3, 2}},
		"int2":       {wire.Tensor{DataType: 26, Dims: []int64{2}, Raw: []byte{0b0110}}, []byte{0xfe, 1}},
		"no element": {wire.Tensor{DataType: 1, Dims: []int64{0}}, []byte{}},
	} {
		got, err := tensor.FromWire(&c.w)
		if err != nil || !slices.Equal(got.Data, c.want) {
			t.Errorf("%s: FromWire = %v, %v; want %v", name, got, err, c.want)
		}
	}
	for name, w := range map[string]*wire.Tensor{
		"no type":   {Dims: []int64{1}},
		"bad type":  {DataType: 77, Dims: []int64{1}},
		"negative":  {DataType: 1, Dims: []int64{-1}},
		"short":     {DataType: 1, Dims: []int64{2}, Raw: floats[:7]},
		"long":      {DataType: 1, Dims: []int64{1}, Raw: floats},
		"few":       {DataType: 1, Dims: []int64{2}, Floats: []float32{1}},
		"list":      {DataType: 1, Dims: []int64{1}, Int32s: []int32{1}},
		"elsewhere": {DataType: 1, Dims: []int64{1}, DataLocation: 1},
		"huge":      {DataType: 1, Dims: []int64{1 << 40, 1 << 40}, Raw: floats},
	} {
		got, err := tensor.FromWire(w)
		var format *fault.FormatError
		var limit *fault.LimitError
		if !errors.As(err, &format) && !errors.As(err, &limit) {
			t.Errorf("%s: FromWire = %v, %v; want a *FormatError or *LimitError", name, got, err)
		}
	}
}

// TestFromWireUnaligned puts raw data at every address.
func TestFromWireUnaligned(t *testing.T) {
	for shift := range 8 {
		raw := tensor.Alloc(24)[shift:][:16]
		raw[0], raw[8] = 1, 2
		x, err := tensor.FromWire(&wire.Tensor{DataType: 7, Dims: []int64{2}, Raw: raw})
		if err != nil {
			t.Fatal(err)
		}
		if got := tensor.View[int64](x); !slices.Equal(got, []int64{1, 2}) {
			t.Errorf("at %d: %v; want 1 2", shift, got)
		}
	}
}

func TestValueFromWire(t *testing.T) {
	one := &wire.Tensor{DataType: 7, Dims: []int64{}, Int64s: []int64{1}}
	v, err := tensor.ValueFromWire(wire.Value{Sequence: &wire.Sequence{
		Elem: wire.ElemMap,
		Maps: []*wire.Map{{KeyType: 8, StringKeys: [][]byte{[]byte("a")}, Values: &wire.Sequence{Elem: wire.ElemTensor, Tensors: []*wire.Tensor{one}}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	m := v.(*tensor.Sequence).Items[0].(*tensor.Map)
	if m.Keys.Strings[0] != "a" || len(m.Values.(*tensor.Sequence).Items) != 1 {
		t.Errorf("ValueFromWire = %+v", m)
	}
	v, err = tensor.ValueFromWire(wire.Value{Optional: &wire.Optional{}})
	if o, ok := v.(*tensor.Optional); err != nil || !ok || o.Item != nil {
		t.Errorf("an empty optional is %v, %v", v, err)
	}
	_, err = tensor.ValueFromWire(wire.Value{Sequence: &wire.Sequence{
		Elem: wire.ElemMap, Maps: []*wire.Map{{KeyType: 7, Keys: []int64{1, 2}, Values: &wire.Sequence{}}},
	}})
	if e := (*fault.FormatError)(nil); !errors.As(err, &e) {
		t.Errorf("a map of two keys and no values = %v; want a *FormatError", err)
	}
}
