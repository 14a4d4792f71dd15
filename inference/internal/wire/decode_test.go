package wire

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
)

// nest wraps body in one message after another, the innermost field number first.
func nest(body []byte, nums ...protowire.Number) []byte {
	for _, num := range nums {
		b := protowire.AppendTag(nil, num, protowire.BytesType)
		body = protowire.AppendBytes(b, body)
	}
	return body
}

// header is a model's fields beside its graph.
func header() []byte {
	b := protowire.AppendTag(nil, 1, protowire.VarintType)
	b = protowire.AppendVarint(b, 8)
	return append(b, nest([]byte{0x10, 17}, 8)...)
}

// modelWith returns a model whose fields are those of header and more.
func modelWith(more ...[]byte) []byte {
	return append(header(), bytes.Join(more, nil)...)
}

func TestFormatErrors(t *testing.T) {
	h := len(header())
	tests := []struct {
		name    string
		in      []byte
		path    string
		offset  int64
		msg     string
		foreign bool
	}{
		{"truncated graph", modelWith([]byte{0x3a, 9, 0x0a}), "", int64(h + 1), "ends in the middle", false},
		{"length beyond int", modelWith([]byte{0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}), "", int64(h + 1), "ends in the middle", false},
		{"op_type is a number", modelWith(nest([]byte{0x20, 1}, 1, 7)), "graph.node[0]", int64(h + 4), "field 4 has wire type 0", false},
		{
			"broken attribute tensor", modelWith(nest(append(nest(nil, 1), nest([]byte{0x0a}, 5, 5, 1)...), 7)),
			"graph.node[1].attribute[0].t", int64(h + 11), "ends in the middle", false,
		},
		{"tensor attribute without tensor", modelWith(nest([]byte{0xa0, 1, 4}, 5, 1, 7)), "graph.node[0].attribute[0]", int64(h + 6), "has no value", false},
		{"two graphs", modelWith(nest(nil, 7), nest(nil, 7)), "", int64(h + 2), "graph is given twice", true},
		{"two tensors", modelWith(nest(append(nest(nil, 5), nest(nil, 5)...), 5, 1, 7)), "graph.node[0].attribute[0]", int64(h + 8), "t is given twice", false},
		{"two types", modelWith(nest(append(nest(nil, 1), nest(nil, 1)...), 2, 11, 7)), "graph.input[0].type", int64(h + 8), "given twice", false},
		{"two shapes", modelWith(nest(append(nest(nil, 2), nest(nil, 2)...), 1, 2, 11, 7)), "graph.input[0].type.tensor_type", int64(h + 10), "given twice", false},
		{"sequence of nothing", modelWith(nest(nil, 4, 2, 11, 7)), "graph.input[0].type.sequence_type", int64(h + 6), "elements is missing", false},
		{"negative dimension", modelWith(nest(protowire.AppendVarint([]byte{0x08}, 1<<64-3), 5, 7)), "graph.initializer[0]", int64(h + 4), "a dimension is -3", false},
		{"odd raw floats", modelWith(nest(nest([]byte{1, 2, 3}, 4), 5, 7)), "graph.initializer[0]", int64(h + 4), "takes 3 bytes", false},
		{"odd doubles", modelWith(nest(nest(make([]byte, 12), 10), 5, 7)), "graph.initializer[0]", int64(h + 4), "takes 12 bytes", false},
		{"bad packed varint", modelWith(nest(nest([]byte{1, 0x80}, 7), 5, 7)), "graph.initializer[0]", int64(h + 7), "ends in the middle", false},
		{"int32 too large", modelWith(nest(nest([]byte{0xff, 0xff, 0xff, 0xff, 0x0f}, 5), 5, 7)), "graph.initializer[0]", int64(h + 6), "no 32-bit integer", false},
		{"data_type too large", modelWith(nest([]byte{0x10, 0xff, 0xff, 0xff, 0xff, 0x0f}, 5, 7)), "graph.initializer[0]", int64(h + 4), "no 32-bit integer", false},
		{"segment", modelWith(nest(nest(nil, 3), 5, 7)), "graph.initializer[0]", int64(h + 4), "segments", false},
		{"sparse without indices", modelWith(nest(nest(nil, 1), 15, 7)), "graph.sparse_initializer[0]", int64(h + 4), "values and indices", false},
		{"no graph", header(), "", -1, "no graph", true},
		{"no version", nest(nil, 7), "", -1, "no ir_version", true},
		{"no operator set", append([]byte{8, 8}, nest(nil, 7)...), "", -1, "opset_import", false},
		{"a tensor file", EncodeTensor(&Tensor{Dims: []int64{1}, DataType: 1, Raw: make([]byte, 4)}), "", 2, "this is not an ONNX model", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode(tt.in, nil)
			var e *FormatError
			if !errors.As(err, &e) {
				t.Fatalf("Decode = %v; want a *FormatError", err)
			}
			if e.Path != tt.path || e.Offset != tt.offset || !strings.Contains(e.Error(), tt.msg) {
				t.Errorf("Decode = {%q, %d} %q; want {%q, %d} with %q", e.Path, e.Offset, e, tt.path, tt.offset, tt.msg)
			}
			if got := errors.Is(err, ErrNotModel); got != tt.foreign {
				t.Errorf("errors.Is(%q, ErrNotModel) = %t; want %t", err, got, tt.foreign)
			}
		})
	}
}

func TestForeignFiles(t *testing.T) {
	for in, want := range map[string]string{
		"": "empty file",
		"version https://git-lfs.github.com/spec/v1\n":      "Git LFS",
		"PK\x03\x04\x14\x00":                                "zip archive",
		"\x1c\x00\x00\x00TFL3\x14\x00":                      "TensorFlow Lite",
		"\x80\x04\x95rest":                                  "pickle",
		"<!DOCTYPE html>\n<title>404</title>":               `"<!DOCTYPE html>"`,
		"root:x:0:0:root:/root:/bin/bash\n":                 "root:x",
		"  {\"model\": 1}":                                  "text file",
		"\xef\xbb\xbf<?xml version=\"1.0\"?>":               "text file",
		"\x20\x00\x00\x00\x00\x00\x00\x00{\"__metadata__\"": "safetensors",
	} {
		_, err := Decode([]byte(in), nil)
		if !errors.Is(err, ErrNotModel) || !strings.Contains(err.Error(), want) {
			t.Errorf("Decode(%q) = %v; want ErrNotModel with %q", in, err, want)
		}
	}
}

func TestTruncation(t *testing.T) {
	b, err := Encode(small())
	if err != nil {
		t.Fatal(err)
	}
	for n := range b {
		if m, err := Decode(b[:n], nil); err == nil {
			t.Errorf("Decode of the first %d of %d bytes = %+v; want an error", n, len(b), m)
		}
	}
}

func TestPackedAndUnpacked(t *testing.T) {
	packedInts := nest([]byte{1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, 8)
	unpackedInts := []byte{0x40, 1, 0x40, 0, 0x40, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}
	packedFloats := nest([]byte{0, 0, 128, 63, 0, 0, 0, 64}, 7)
	unpackedFloats := []byte{0x3d, 0, 0, 128, 63, 0x3d, 0, 0, 0, 64}
	for _, in := range [][]byte{
		append(bytes.Clone(packedInts), packedFloats...),
		append(bytes.Clone(unpackedInts), unpackedFloats...),
		append(bytes.Clone(packedInts), unpackedFloats...),
	} {
		m, err := Decode(modelWith(nest(in, 5, 1, 7)), nil)
		if err != nil {
			t.Fatal(err)
		}
		a := m.Graph.Nodes[0].Attrs[0]
		if diff := cmp.Diff([]int64{1, 0, -1}, a.Ints); diff != "" {
			t.Errorf("ints of % x (-want +got):\n%s", in, diff)
		}
		if diff := cmp.Diff([]float32{1, 2}, a.Floats); diff != "" {
			t.Errorf("floats of % x (-want +got):\n%s", in, diff)
		}
	}
	tensor, err := DecodeTensor(append(protowire.AppendFixed64([]byte{0x51}, 0x3ff0000000000000), 0x28, 7, 0x58, 9, 0x38, 5), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := &Tensor{Doubles: []float64{1}, Int32s: []int32{7}, Uint64s: []uint64{9}, Int64s: []int64{5}}
	if diff := cmp.Diff(want, tensor); diff != "" {
		t.Errorf("unpacked tensor (-want +got):\n%s", diff)
	}
}

func TestUnknownFieldsAreSkipped(t *testing.T) {
	group := protowire.AppendTag(nil, 90, protowire.StartGroupType)
	group = append(group, 0x08, 1)
	group = protowire.AppendTag(group, 90, protowire.EndGroupType)
	if _, err := Decode(modelWith(nest(nil, 7), nest([]byte{0xff}, 20), group), nil); err != nil {
		t.Errorf("Decode with unknown fields: %v", err)
	}
}

// TestAttributeKindOfOldFiles: IR version 1 had no discriminator.
func TestAttributeKindOfOldFiles(t *testing.T) {
	m, err := Decode(modelWith(nest([]byte{0x18, 5}, 5, 1, 7)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if a := m.Graph.Nodes[0].Attrs[0]; a.Type != AttrInt || a.I != 5 {
		t.Errorf("attribute = %+v; want an int of 5", a)
	}
}

func TestRawAliasesInput(t *testing.T) {
	b, err := Encode(small())
	if err != nil {
		t.Fatal(err)
	}
	m, err := Decode(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := bytes.Clone(b)
	raw := m.Graph.Initializers[0].Raw
	raw[0]++
	if bytes.Equal(b, before) {
		t.Error("Raw is a copy; want it to alias the input")
	}
	raw[0]--
	_ = append(raw, 0xff)
	if !bytes.Equal(b, before) {
		t.Error("appending to Raw changed the input")
	}
}

func TestLimits(t *testing.T) {
	deep := []byte{}
	for range 40 {
		deep = nest(deep, 6, 5, 1) // a graph in an attribute in a node
	}
	nodes := bytes.Repeat(nest(nil, 1), 20)
	for _, tt := range []struct {
		name string
		in   []byte
		lim  *Limits
		what string
	}{
		{"depth", modelWith(nest(deep, 7)), nil, "nested"},
		{"size", modelWith(nest(nodes, 7)), &Limits{Size: 30}, "bytes"},
		{"nodes", modelWith(nest(nodes, 7)), &Limits{Nodes: 19}, "nodes"},
		{"list of messages", modelWith(nest(nodes, 7)), &Limits{List: 19}, "list"},
		{"packed list", modelWith(nest(nest(make([]byte, 20), 7), 5, 7)), &Limits{List: 19}, "list"},
		{"unpacked list", modelWith(nest(bytes.Repeat([]byte{0x38, 1}, 20), 5, 7)), &Limits{List: 19}, "list"},
		{"names", modelWith(nest(bytes.Repeat([]byte{0x0a, 0}, 20), 1, 7)), &Limits{List: 19}, "list"},
		{"strings", modelWith(nest(bytes.Repeat([]byte{0x32, 0}, 20), 5, 7)), &Limits{List: 19}, "list"},
		{"memory", modelWith(nest(nodes, 7)), &Limits{Memory: 1000}, "memory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode(tt.in, tt.lim)
			var e *LimitError
			if !errors.As(err, &e) || !strings.Contains(e.What, tt.what) {
				t.Errorf("Decode = %v; want a *LimitError about %s", err, tt.what)
			}
		})
	}
}

// TestMemoryFollowsInput decodes what expands most and measures what it takes.
func TestMemoryFollowsInput(t *testing.T) {
	const size = 4 << 20
	for name, unit := range map[string][]byte{
		"nodes":      nest(nil, 1),
		"inputs":     nest(nil, 11),
		"attributes": nest(bytes.Repeat(nest(nil, 5), 1000), 1),
		"names":      nest(bytes.Repeat([]byte{0x0a, 0}, 1000), 1),
		"strings":    nest(nest(bytes.Repeat([]byte{0x4a, 0}, 1000), 5), 1),
		"int64s":     nest(nest(make([]byte, 1000), 7), 5),
		"dims":       nest(nest(nest(bytes.Repeat(nest(nil, 1), 1000), 2, 1, 2), 11)),
	} {
		t.Run(name, func(t *testing.T) {
			b := modelWith(nest(bytes.Repeat(unit, size/len(unit)), 7))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Decode(b, nil)
			runtime.ReadMemStats(&after)
			// Lists double as they grow, so what was taken in all may be some times what is kept.
			factor := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(b))
			if factor > 160 {
				t.Errorf("Decode took %.0f bytes a byte of input (error %v); want at most 160", factor, err)
			}
		})
	}
}

func TestDecodeValue(t *testing.T) {
	tensor := &Tensor{DataType: 1, Dims: []int64{2}, Raw: make([]byte, 8)}
	for _, tt := range []struct {
		in   []byte
		want string
	}{
		{EncodeTensor(tensor), "tensor"},
		{EncodeTensor(&Tensor{DataType: 22, Dims: []int64{3}, Int32s: []int32{1, 2}}), "tensor"},
		{EncodeTensor(&Tensor{DataType: 26, Dims: []int64{5}, Raw: []byte{1, 2}}), "tensor"},
		{EncodeTensor(&Tensor{DataType: 8, Dims: []int64{0}}), "tensor"},
		{EncodeTensor(&Tensor{DataType: 14, Dims: []int64{1}, Floats: []float32{1, 2}}), "tensor"},
		{EncodeTensor(&Tensor{Name: "unfinished", Dims: []int64{2}, Raw: []byte{1}}), "tensor"},
		{EncodeSequence(&Sequence{Name: "s", Elem: ElemTensor, Tensors: []*Tensor{tensor, tensor}}), "sequence"},
		{EncodeSequence(&Sequence{Elem: ElemTensor}), "sequence"},
		{EncodeOptional(&Optional{Elem: ElemTensor, Tensor: tensor}), "sequence"},
		{[]byte{0xff}, "error"},
	} {
		v, err := DecodeValue(tt.in, nil)
		got := "error"
		switch {
		case v.Tensor != nil:
			got = "tensor"
		case v.Sequence != nil:
			got = "sequence"
		}
		if got != tt.want {
			t.Errorf("DecodeValue(% x) = %s (%v); want %s", tt.in, got, err, tt.want)
		}
	}
}

func TestExternalData(t *testing.T) {
	for _, tt := range []struct {
		entries []StringEntry
		want    ExternalData
		ok      bool
	}{
		{[]StringEntry{{"location", "w.bin"}}, ExternalData{Location: "w.bin", Length: -1}, true},
		{
			[]StringEntry{{"location", "w"}, {"offset", "8"}, {"length", "16"}, {"checksum", "ab"}},
			ExternalData{Location: "w", Offset: 8, Length: 16, Checksum: "ab"},
			true,
		},
		{[]StringEntry{{"offset", "8"}}, ExternalData{}, false},
		{[]StringEntry{{"location", "w"}, {"offset", "-8"}}, ExternalData{}, false},
		{[]StringEntry{{"location", "w"}, {"length", "x"}}, ExternalData{}, false},
	} {
		got, err := (&Tensor{External: tt.entries}).ExternalData()
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("ExternalData of %v = %+v, %v; want %+v, error %t", tt.entries, got, err, tt.want, !tt.ok)
		}
	}
}

func TestDecodeMaps(t *testing.T) {
	if _, err := DecodeSequence(nest(nil, 6), nil); err == nil {
		t.Error("a map without values is accepted")
	}
}

func BenchmarkDecode(b *testing.B) {
	in, err := Encode(full())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(in, nil); err != nil {
			b.Fatal(err)
		}
	}
}
