package wire

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRoundTrip(t *testing.T) {
	want := full()
	b, err := Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Decode(Encode(m)) differs (-want +got):\n%s", diff)
	}
	again, err := Encode(want)
	if err != nil || !bytes.Equal(b, again) {
		t.Errorf("a second Encode gives other bytes (error %v)", err)
	}
}

func TestRoundTripValues(t *testing.T) {
	tensor := &Tensor{Name: "t", DataType: 1, Dims: []int64{1}, Floats: []float32{1}}
	sparse := &SparseTensor{Values: tensor, Indices: &Tensor{DataType: 7, Dims: []int64{1}, Int64s: []int64{0}}, Dims: []int64{5}}
	sequence := &Sequence{Name: "q", Elem: ElemTensor, Tensors: []*Tensor{tensor, tensor}}
	mapping := &Map{Name: "m", KeyType: 7, Keys: []int64{1, -1}, Values: sequence}
	for _, want := range []*Sequence{
		sequence,
		{Elem: ElemTensor},
		{Elem: ElemSparseTensor, Sparse: []*SparseTensor{sparse}},
		{Elem: ElemSequence, Sequences: []*Sequence{sequence, {Elem: ElemTensor}}},
		{Elem: ElemMap, Maps: []*Map{mapping, {KeyType: 8, StringKeys: [][]byte{[]byte("k")}, Values: sequence}}},
		{Elem: ElemOptional, Optionals: []*Optional{{Elem: ElemTensor}}},
	} {
		got, err := DecodeSequence(EncodeSequence(want), nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("DecodeSequence(EncodeSequence(s)) differs (-want +got):\n%s", diff)
		}
	}
	for _, want := range []*Optional{
		{Name: "o", Elem: ElemTensor, Tensor: tensor},
		{Elem: ElemSparseTensor, Sparse: sparse},
		{Elem: ElemSequence, Sequence: sequence},
		{Elem: ElemMap, Map: mapping},
		{Elem: ElemOptional, Optional: &Optional{Elem: ElemTensor, Tensor: tensor}},
		{Elem: ElemTensor},
	} {
		got, err := DecodeOptional(EncodeOptional(want), nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("DecodeOptional(EncodeOptional(o)) differs (-want +got):\n%s", diff)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, m := range []*Model{{IRVersion: 8, Opsets: []OpsetID{{"", 17}}}, {Graph: new(Graph)}, {Graph: new(Graph), IRVersion: 8}} {
		if b, err := Encode(m); err == nil {
			t.Errorf("Encode(%+v) = %d bytes; want an error", m, len(b))
		}
	}
}

// TestTrainedModels reads the models of the shared folder.
func TestTrainedModels(t *testing.T) {
	names, _ := filepath.Glob(filepath.FromSlash("../../../../shared/models/*.onnx"))
	if len(names) == 0 {
		t.Skip("no shared models beside the checkout")
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		checkModel(t, filepath.Base(name), b)
	}
}

// TestConformanceFiles reads every model and every value of ONNX's node tests.
func TestConformanceFiles(t *testing.T) {
	z, err := zip.OpenReader(filepath.FromSlash("../../../../shared/onnx/onnx-node-visible.zip"))
	if err != nil {
		t.Skip("no shared conformance cases beside the checkout")
	}
	defer z.Close()
	models, identical, values := 0, 0, 0
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, ".onnx") && !strings.HasSuffix(f.Name, ".pb") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f.Name, ".pb") {
			values++
			checkValue(t, f.Name, b)
			continue
		}
		models++
		if checkModel(t, f.Name, b) {
			identical++
		}
	}
	t.Logf("%d models, %d of them written back byte for byte, %d values", models, identical, values)
}

// checkModel decodes, encodes and decodes again, and says whether the bytes came out the same.
func checkModel(t *testing.T, name string, b []byte) bool {
	t.Helper()
	m, err := Decode(b, nil)
	if err != nil {
		t.Errorf("Decode(%s): %v", name, err)
		return false
	}
	out, err := Encode(m)
	if err != nil {
		t.Errorf("Encode(%s): %v", name, err)
		return false
	}
	again, err := Decode(out, nil)
	if err != nil {
		t.Errorf("Decode(Encode(%s)): %v", name, err)
		return false
	}
	if out2, err := Encode(again); err != nil || !bytes.Equal(out, out2) {
		t.Errorf("%s changes when written a second time (error %v)", name, err)
	}
	return bytes.Equal(b, out)
}

func checkValue(t *testing.T, name string, b []byte) {
	t.Helper()
	out, err := rewrite(b)
	if err != nil {
		t.Errorf("DecodeValue(%s): %v", name, err)
		return
	}
	if again, err := rewrite(out); err != nil || !bytes.Equal(out, again) {
		t.Errorf("%s changes when written a second time (error %v)", name, err)
	}
}

// rewrite reads a value and writes it.
func rewrite(b []byte) ([]byte, error) {
	v, err := DecodeValue(b, nil)
	switch {
	case err != nil:
		return nil, err
	case v.Tensor != nil:
		return EncodeTensor(v.Tensor), nil
	case v.Optional != nil:
		return EncodeOptional(v.Optional), nil
	}
	return EncodeSequence(v.Sequence), nil
}
