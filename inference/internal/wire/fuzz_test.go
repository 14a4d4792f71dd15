package wire

import (
	"bytes"
	"testing"
)

// FuzzDecode holds that no input makes the readers panic, and that what they accept survives
// being written and read again.
func FuzzDecode(f *testing.F) {
	for _, m := range []*Model{small(), full()} {
		b, err := Encode(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	f.Add(EncodeTensor(&Tensor{DataType: 1, Dims: []int64{1}, Floats: []float32{1}}))
	f.Add(EncodeSequence(&Sequence{Elem: ElemTensor, Tensors: []*Tensor{{DataType: 7, Int64s: []int64{1}}}}))
	f.Add(EncodeOptional(&Optional{Elem: ElemMap, Map: &Map{KeyType: 7, Keys: []int64{1}, Values: &Sequence{Elem: ElemTensor}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := Decode(b, nil); err == nil {
			out, err := Encode(m)
			if err != nil {
				t.Fatalf("Encode of what Decode accepted: %v", err)
			}
			again, err := Decode(out, nil)
			if err != nil {
				t.Fatalf("Decode(Encode(m)): %v", err)
			}
			if out2, err := Encode(again); err != nil || !bytes.Equal(out, out2) {
				t.Fatalf("writing twice gives different bytes (error %v)", err)
			}
		}
		stable(t, b, DecodeTensor, EncodeTensor)
		stable(t, b, DecodeSequence, EncodeSequence)
		stable(t, b, DecodeOptional, EncodeOptional)
		_, _ = DecodeValue(b, nil)
	})
}

// stable holds that a message which decodes is written as bytes that decode to the same again.
func stable[T any](t *testing.T, b []byte, decode func([]byte, *Limits) (*T, error), encode func(*T) []byte) {
	t.Helper()
	v, err := decode(b, nil)
	if err != nil {
		return
	}
	out := encode(v)
	again, err := decode(out, nil)
	if err != nil || !bytes.Equal(out, encode(again)) {
		t.Fatalf("%T written back differs (error %v)", v, err)
	}
}
