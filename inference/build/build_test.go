package build

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/internal/wire"
)

// tensor is inference.NewTensor for shapes known to fit.
func tensor[T inference.Element](t *testing.T, data []T, shape ...int) *inference.Tensor {
	t.Helper()
	v, err := inference.NewTensor(data, shape...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// decode writes g and reads the result.
func decode(t *testing.T, g *Graph) *wire.Model {
	t.Helper()
	b, err := g.Model()
	if err != nil {
		t.Fatal(err)
	}
	m, err := wire.Decode(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// mixed returns a graph with most of what can be in one.
func mixed(t *testing.T) *Graph {
	g := New("mixed", &Options{
		Opset: 18, Domains: map[string]int{"com.example": 2},
		Producer: "test", ProducerVersion: "1.2", Domain: "com.example.model", Version: 9, Doc: "a doc",
		Metadata: map[string]string{"b": "2", "a": "1"},
	})
	x := g.Input("x", inference.Float32, Sym("N"), Fixed(4), Unknown())
	seq := g.InputOf("seq", SequenceType(TensorType(inference.Float32, Unranked())))
	w := Const(g, "w", []float32{1, 2, 3, 4}, 4)
	names := ConstStrings(g, "names", []string{"a", ""}, 2)
	rare := g.ConstSparse("rare", tensor(t, []float32{5}, 1), tensor(t, []int64{2}, 1), 4)
	parts := g.Ops("Split", 2, []Value{x, {}}, Int("axis", 1))
	sum := g.Op("Add", []Value{x, w}).As("sum")
	clip := g.Op("Clip", []Value{sum, {}, w})
	g.Op("ai.onnx.ml.Scaler", []Value{clip}, Floats("offset", 1, 2), Floats("scale", 1))
	g.Op("ai.onnx.Relu", []Value{parts[1]})
	g.Op("com.example.Odd", []Value{names, rare, seq},
		Int("i", int64(-1)), Ints("is", 1, 2), Ints[int]("none"), Float("f", 0.5), String("s", "text"), Strings("ss", "a", "b"),
		Tensor("t", tensor(t, []int64{7})), Tensors("ts", tensor(t, []float64{1}, 1)),
		Sparse("sp", tensor(t, []float32{5}, 1), tensor(t, []int64{2}, 1), 9),
		TypeOf("tp", OptionalType(SequenceType(TensorType(inference.Int64)))),
		Types("tps", MapType(inference.String, TensorType(inference.Float32))),
	)
	g.Output("sum2", sum, inference.Float32, Sym("N"), Fixed(4), Unknown())
	g.Output("first", parts[0], inference.Float32, Unranked())
	g.Output("copy", x, inference.Float32, Sym("N"), Fixed(4), Unknown())
	return g
}

func TestModel(t *testing.T) {
	m := decode(t, mixed(t))
	if m.IRVersion != 8 || m.ProducerName != "test" || m.ProducerVersion != "1.2" || m.ModelVersion != 9 || m.Domain != "com.example.model" {
		t.Errorf("header = %+v", m)
	}
	wantOpsets := []wire.OpsetID{{Domain: "", Version: 18}, {Domain: "ai.onnx.ml", Version: 3}, {Domain: "com.example", Version: 2}}
	if diff := cmp.Diff(wantOpsets, m.Opsets); diff != "" {
		t.Errorf("opsets (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]wire.StringEntry{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}}, m.Metadata); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	type op struct {
		Domain, Op string
		In, Out    []string
	}
	var ops []op
	for _, n := range m.Graph.Nodes {
		ops = append(ops, op{n.Domain, n.OpType, n.Inputs, n.Outputs})
	}
	want := []op{
		{"", "Split", []string{"x"}, []string{"first", "split_0"}},
		{"", "Add", []string{"x", "w"}, []string{"sum"}},
		{"", "Clip", []string{"sum", "", "w"}, []string{"clip_0"}},
		{"ai.onnx.ml", "Scaler", []string{"clip_0"}, []string{"scaler_0"}},
		{"", "Relu", []string{"split_0"}, []string{"relu_0"}},
		{"com.example", "Odd", []string{"names", "rare", "seq"}, []string{"odd_0"}},
		{"", "Identity", []string{"sum"}, []string{"sum2"}},
		{"", "Identity", []string{"x"}, []string{"copy"}},
	}
	if diff := cmp.Diff(want, ops); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	kinds := map[string]wire.AttrType{}
	for _, a := range m.Graph.Nodes[5].Attrs {
		kinds[a.Name] = a.Type
	}
	wantKinds := map[string]wire.AttrType{
		"i": wire.AttrInt, "is": wire.AttrInts, "none": wire.AttrInts, "f": wire.AttrFloat, "s": wire.AttrString, "ss": wire.AttrStrings,
		"t": wire.AttrTensor, "ts": wire.AttrTensors, "sp": wire.AttrSparseTensor, "tp": wire.AttrTypeProto, "tps": wire.AttrTypeProtos,
	}
	if diff := cmp.Diff(wantKinds, kinds); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	if v := m.Graph.SparseInitializers[0]; v.Values.Name != "rare" || len(v.Dims) != 1 {
		t.Errorf("sparse initializer = %+v", v)
	}
	wantDims := []wire.Dim{{Param: "N"}, {Known: true, Value: 4}, {}}
	if diff := cmp.Diff(wantDims, m.Graph.Inputs[0].Type.Dims); diff != "" {
		t.Errorf("dims of x (-want +got):\n%s", diff)
	}
	if m.Graph.Outputs[1].Type.HasShape {
		t.Error("an Unranked output has a shape")
	}
}

func TestModelIsRepeatable(t *testing.T) {
	g := mixed(t)
	a, err := g.Model()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if n, err := g.WriteTo(&b); err != nil || n != int64(len(a)) || !bytes.Equal(a, b.Bytes()) {
		t.Errorf("WriteTo = %d, %v; want the %d bytes that Model gave", n, err, len(a))
	}
}

func TestNamesAcrossGraphs(t *testing.T) {
	g := New("outer", nil)
	cond := g.Input("cond", inference.Bool)
	x := g.Input("x", inference.Float32)
	y := g.Op("Neg", []Value{x}) // must not be called neg_0, which a branch claims below
	branch := func(name string) *Graph {
		s := g.Sub(name)
		s.Op("Neg", []Value{y}).As("neg_0")
		s.OutputOf("z", s.Op("Neg", []Value{y}), Type{}) // both branches may call it z
		return s
	}
	g.Output("z_out", g.Op("If", []Value{cond}, Subgraph("then_branch", branch("a")), Subgraph("else_branch", branch("b"))), inference.Float32)
	m := decode(t, g)
	if got := m.Graph.Nodes[0].Outputs[0]; got != "neg_1" {
		t.Errorf("outer Neg gives %q; want neg_1", got)
	}
	for _, a := range m.Graph.Nodes[1].Attrs {
		if got := a.G.Nodes[1]; got.Inputs[0] != "neg_1" || got.Outputs[0] != "z" {
			t.Errorf("branch %s: %v -> %v; want neg_1 -> z", a.Name, got.Inputs, got.Outputs)
		}
	}
}

func TestErrors(t *testing.T) {
	f := inference.Float32
	tests := map[string]func(g *Graph, x Value){
		`the name "x" is given to two values`:         func(g *Graph, _ Value) { g.Input("x", f) },
		`the name "y" is given to two values`:         func(g *Graph, x Value) { g.Op("Relu", []Value{x}).As("y") },
		`an input has no name`:                        func(g *Graph, _ Value) { g.Input("", f) },
		`an output has no name`:                       func(g *Graph, x Value) { g.Output("", x, f) },
		`output "z" has no value`:                     func(g *Graph, _ Value) { g.Output("z", Value{}, f) },
		`element type 0 does not exist`:               func(g *Graph, _ Value) { g.Input("z", 0) },
		`dimension 1 is -2`:                           func(g *Graph, _ Value) { g.Input("z", f, Fixed(1), Fixed(-2)) },
		`it goes alone`:                               func(g *Graph, _ Value) { g.Input("z", f, Unranked(), Fixed(2)) },
		`output "z": it has no type`:                  func(g *Graph, x Value) { g.OutputOf("z", x, Type{}) },
		`input "z": it has no type`:                   func(g *Graph, _ Value) { g.InputOf("z", Type{}) },
		`container without a type`:                    func(g *Graph, _ Value) { g.InputOf("z", SequenceType(Type{})) },
		`map with keys of type float32`:               func(g *Graph, _ Value) { g.InputOf("z", MapType(f, TensorType(f))) },
		`is not UTF-8`:                                func(g *Graph, _ Value) { g.Input("z\xff", f) },
		`constant "c": inference: shape`:              func(g *Graph, _ Value) { Const(g, "c", []int64{1, 2}) },
		`constant "cs": inference: shape`:             func(g *Graph, _ Value) { ConstStrings(g, "cs", []string{"a"}, 2) },
		`constant "nil" is nil`:                       func(g *Graph, _ Value) { g.Const("nil", nil) },
		`constant "sparse" is nil`:                    func(g *Graph, _ Value) { g.ConstSparse("sparse", nil, nil) },
		`has no operator`:                             func(g *Graph, x Value) { g.Op("", []Value{x}) },
		`gives 0 results`:                             func(g *Graph, x Value) { g.Ops("Relu", 0, []Value{x}) },
		`attribute "a" is given twice`:                func(g *Graph, x Value) { g.Op("Relu", []Value{x}, Int("a", 1), Float("a", 1)) },
		`an attribute has no name`:                    func(g *Graph, x Value) { g.Op("Relu", []Value{x}, Int("", 1)) },
		`attribute "t" has no value`:                  func(g *Graph, x Value) { g.Op("Relu", []Value{x}, Tensor("t", nil)) },
		`attribute "ts" has no value`:                 func(g *Graph, x Value) { g.Op("Relu", []Value{x}, Tensors("ts", nil)) },
		`attribute "sp" has no value`:                 func(g *Graph, x Value) { g.Op("Relu", []Value{x}, Sparse("sp", nil, nil)) },
		`attribute "g" has no value`:                  func(g *Graph, x Value) { g.Op("If", []Value{x}, Subgraph("g", nil)) },
		`attribute "gs" has no value`:                 func(g *Graph, x Value) { g.Op("If", []Value{x}, Subgraphs("gs", nil)) },
		`attribute "tp": it has no type`:              func(g *Graph, x Value) { g.Op("If", []Value{x}, TypeOf("tp", Type{})) },
		`attribute "tps": it has no type`:             func(g *Graph, x Value) { g.Op("If", []Value{x}, Types("tps", Type{})) },
		`no version for domain "com.example"`:         func(g *Graph, x Value) { g.Op("com.example.F", []Value{x}) },
		`is named a second time, "r2"`:                func(g *Graph, x Value) { g.Op("Relu", []Value{x}).As("r").As("r2") },
		`uses a value of graph "other"`:               func(g *Graph, _ Value) { g.Op("Relu", []Value{New("other", nil).Input("o", f)}) },
		`graph "inner" of attribute "body" was not`:   func(g *Graph, x Value) { g.Op("Loop", []Value{x}, Subgraph("body", New("o", nil).Sub("inner"))) },
		`graph "empty" has no output`:                 func(g *Graph, x Value) { g.Op("Loop", []Value{x}, Subgraph("body", g.Sub("empty"))) },
		`node 1 (Relu) uses a value of graph "inner"`: func(g *Graph, _ Value) { g.Op("Relu", []Value{g.Sub("inner").Input("i", f)}) },
	}
	for want, spoil := range tests {
		t.Run(want, func(t *testing.T) {
			g := New("g", nil)
			x := g.Input("x", f)
			g.Output("y", g.Op("Relu", []Value{x}), f)
			spoil(g, x)
			if _, err := g.Model(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("Model: %v; want an error with %q", err, want)
			}
		})
	}
}

func TestOptionErrors(t *testing.T) {
	g := New("", &Options{Opset: -1, IRVersion: -1, Domains: map[string]int{"": 3, "a": 0}})
	_, err := g.Model()
	for _, want := range []string{"opset -1", "IR version -1", `domain ""`, `domain "a"`, "no name", "no output"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Model: %v; want an error with %q", err, want)
		}
	}
	if _, err := New("g", nil).Sub("s").Model(); err == nil {
		t.Error("a subgraph is written as a model")
	}
	if _, err := New("g", nil).WriteTo(&bytes.Buffer{}); err == nil {
		t.Error("WriteTo of a graph without outputs: no error")
	}
}

func TestIRVersion(t *testing.T) {
	for opset, want := range map[int]int{1: 8, 17: 8, 18: 8, 19: 9, 20: 9, 21: 10, 22: 10, 23: 11, 24: 12, 25: 13, 27: 13} {
		if got := irVersion(opset); got != want {
			t.Errorf("irVersion(%d) = %d; want %d", opset, got, want)
		}
	}
}

// TestMarshalTensors writes a tensor of each element type and reads it with the engine.
func TestMarshalTensors(t *testing.T) {
	check(t, []float32{1, -2.5, 3})
	check(t, []float64{1, -2.5, 3})
	check(t, []int8{1, -2, 3})
	check(t, []int16{1, -2, 3})
	check(t, []int32{1, -2, 3})
	check(t, []int64{1, -2, 1 << 40})
	check(t, []uint8{1, 2, 255})
	check(t, []uint16{1, 2, 65535})
	check(t, []uint32{1, 2, 1 << 31})
	check(t, []uint64{1, 2, 1 << 63})
	check(t, []bool{true, false, true})
	check(t, []complex64{1i, 2})
	check(t, []complex128{1i, 2})
	check(t, []inference.Float16{0x3c00, 1})
	check(t, []inference.BFloat16{0x3f80, 1})
	check(t, []inference.Float8E4M3FN{1, 0x80})
	check(t, []inference.Float8E4M3FNUZ{1, 0x80})
	check(t, []inference.Float8E5M2{1, 0x80})
	check(t, []inference.Float8E5M2FNUZ{1, 0x80})
	check(t, []inference.Float8E8M0{1, 0x80})
	check(t, []inference.Float4E2M1{1, 15, 3})
	check(t, []inference.Uint4{1, 15, 3})
	check(t, []inference.Int4{1, -8, -1})
	check(t, []inference.Uint2{1, 3, 2, 0, 1})
	check(t, []inference.Int2{1, -2, -1, 0, 1})
	check(t, []float32{})
}

func check[T inference.Element](t *testing.T, data []T) {
	t.Helper()
	b, err := Marshal("x", tensor(t, data, len(data)))
	if err != nil {
		t.Errorf("Marshal(%T): %v", data, err)
		return
	}
	v, err := inference.ParseTensor(b)
	if err != nil {
		t.Errorf("ParseTensor of a marshalled %T: %v", data, err)
		return
	}
	back, err := inference.Data[T](v.(*inference.Tensor))
	if err != nil || len(back) != len(data) || len(data) > 0 && !cmp.Equal(back, data) {
		t.Errorf("%T comes back as %v, %v; want %v", data, back, err, data)
	}
}

func TestMarshalContainers(t *testing.T) {
	f := tensor(t, []float32{1, 2}, 2)
	seq := &inference.Sequence{Values: []inference.Value{f, f}}
	texts, err := inference.NewStrings([]string{"a", "b"}, 2)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]inference.Value{
		"strings":           texts,
		"sequence":          seq,
		"empty sequence":    &inference.Sequence{},
		"nested":            &inference.Sequence{Values: []inference.Value{seq}},
		"maps":              &inference.Sequence{Values: []inference.Value{&inference.Map{Keys: tensor(t, []int64{1, 2}, 2), Values: f}}},
		"map of strings":    &inference.Sequence{Values: []inference.Value{&inference.Map{Keys: texts, Values: texts}}},
		"map of a sequence": &inference.Sequence{Values: []inference.Value{&inference.Map{Keys: texts, Values: seq}}},
		"optionals":         &inference.Sequence{Values: []inference.Value{&inference.Optional{Value: f}, &inference.Optional{}}},
	} {
		b, err := Marshal("v", v)
		if err != nil {
			t.Errorf("Marshal(%s): %v", name, err)
			continue
		}
		back, err := inference.ParseTensor(b)
		if err != nil {
			t.Errorf("ParseTensor(%s): %v", name, err)
			continue
		}
		if again, err := Marshal("v", back); err != nil || !bytes.Equal(b, again) {
			t.Errorf("%s changes on the way through ParseTensor (error %v)", name, err)
		}
	}
	for name, v := range map[string]inference.Value{
		"empty optional": &inference.Optional{},
		"optional":       &inference.Optional{Value: seq},
		"optional map":   &inference.Optional{Value: &inference.Map{Keys: texts, Values: f}},
		"optional twice": &inference.Optional{Value: &inference.Optional{Value: f}},
	} {
		b, err := Marshal("", v)
		if err != nil {
			t.Errorf("Marshal(%s): %v", name, err)
			continue
		}
		if _, err := wire.DecodeOptional(b, nil); err != nil {
			t.Errorf("DecodeOptional(%s): %v", name, err)
		}
	}
	for name, v := range map[string]inference.Value{
		"nil":            nil,
		"map":            &inference.Map{Keys: texts, Values: f},
		"mixed":          &inference.Sequence{Values: []inference.Value{f, seq}},
		"nil element":    &inference.Sequence{Values: []inference.Value{nil}},
		"float keys":     &inference.Sequence{Values: []inference.Value{&inference.Map{Keys: f, Values: f}}},
		"too few values": &inference.Sequence{Values: []inference.Value{&inference.Map{Keys: texts, Values: tensor(t, []float32{1}, 1)}}},
		"no keys":        &inference.Optional{Value: &inference.Map{Values: f}},
		"no values":      &inference.Optional{Value: &inference.Map{Keys: texts}},
		"short sequence": &inference.Optional{Value: &inference.Map{Keys: texts, Values: &inference.Sequence{}}},
	} {
		if b, err := Marshal("", v); err == nil {
			t.Errorf("Marshal(%s) = % x; want an error", name, b)
		}
	}
}

// TestOfficialChecker runs ONNX's own checker over what this package writes.
func TestOfficialChecker(t *testing.T) {
	python := "/usr/bin/python3" // where Debian's python3-onnx is importable
	if err := exec.Command(python, "-c", "import onnx").Run(); err != nil {
		t.Skip("no onnx package for", python)
	}
	g := New("checked", &Options{Opset: 15, Metadata: map[string]string{"k": "v"}})
	cond := g.Input("cond", inference.Bool)
	x := g.Input("x", inference.Float32, Sym("N"), Fixed(4))
	w := Const(g, "w", []float32{1, 2, 3, 4, 5, 6, 7, 8}, 4, 2)
	y := g.Op("Gemm", []Value{x, w}, Float("alpha", 0.5), Int("transB", 0))
	g.Op("ai.onnx.ml.Scaler", []Value{y}, Floats("offset", 0, 1), Floats("scale", 1, 2))
	k := g.Op("Constant", nil, Tensor("value", tensor(t, []int64{1}, 1)))
	top := g.Ops("TopK", 2, []Value{y, k}, Int("axis", -1))
	then := g.Sub("then")
	then.Output("then_out", then.Op("Neg", []Value{top[0]}), inference.Float32, Sym("N"), Fixed(1))
	other := g.Sub("else")
	other.Output("else_out", top[0], inference.Float32, Sym("N"), Fixed(1))
	g.Output("y", g.Op("If", []Value{cond}, Subgraph("then_branch", then), Subgraph("else_branch", other)), inference.Float32, Sym("N"), Fixed(1))
	g.Output("index", top[1], inference.Int64, Sym("N"), Fixed(1))
	b, err := g.Model()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "checked.onnx")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	script := "import onnx, sys; m = onnx.load(sys.argv[1]); onnx.checker.check_model(m, full_check=True); print(m.metadata_props[0].value)"
	out, err := exec.Command(python, "-c", script, path).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "v" {
		t.Errorf("onnx.checker: %v\n%s", err, out)
	}
}
