package main

import (
	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
	"github.com/brinkml/brink/inference/internal/wire"
)

func floatTensor(dims ...int64) *wire.Type {
	t := &wire.Type{Kind: wire.TypeTensor, ElemType: int32(inference.Float32), HasShape: true}
	for _, d := range dims {
		t.Dims = append(t.Dims, wire.Dim{Known: true, Value: d})
	}
	return t
}

func info(name string, t *wire.Type) *wire.ValueInfo { return &wire.ValueInfo{Name: name, Type: t} }

func node(op, domain string, in, out []string, attrs ...*wire.Attribute) *wire.Node {
	return &wire.Node{OpType: op, Domain: domain, Inputs: in, Outputs: out, Attrs: attrs}
}

func floatAttr(name string, v float32) *wire.Attribute {
	return &wire.Attribute{Name: name, Type: wire.AttrFloat, F: v}
}

func floatRef(name, of string) *wire.Attribute {
	return &wire.Attribute{Name: name, RefName: of, Type: wire.AttrFloat}
}

// functions are models with functions of their own: attributes passed on, defaults, calls in calls, optional inputs,
// a function called from a branch, and the same function under two sets of attributes.
func functions(s *suite) {
	const local = "example.local"
	opsets := []wire.OpsetID{{Version: 17}, {Domain: local, Version: 1}}
	core := opsets[:1]
	activate := &wire.Function{
		Name: "Activate", Domain: local, Inputs: []string{"v"}, Outputs: []string{"r"}, Opsets: core,
		AttrNames: []string{"slope"}, Attrs: []*wire.Attribute{floatAttr("gain", 2)},
		Nodes: []*wire.Node{
			node("LeakyRelu", "", []string{"v"}, []string{"l"}, floatRef("alpha", "slope")),
			node("Constant", "", nil, []string{"g"}, floatRef("value_float", "gain")),
			node("Mul", "", []string{"l", "g"}, []string{"r"}),
		},
	}
	dense := &wire.Function{
		Name: "Dense", Domain: local, Inputs: []string{"x", "w", "b"}, Outputs: []string{"y", "sum"}, Opsets: opsets,
		AttrNames: []string{"slope"},
		Nodes: []*wire.Node{
			node("MatMul", "", []string{"x", "w"}, []string{"v"}),
			node("Add", "", []string{"v", "b"}, []string{"sum"}),
			node("Activate", local, []string{"sum"}, []string{"y"}, floatRef("slope", "slope"), floatAttr("gain", 0.5)),
		},
	}
	c := s.add("functions_nested", nil)
	c.x("x", 2, 3)
	c.x("w", 3, 3)
	c.x("b", 3)
	c.model = &wire.Model{IRVersion: 8, Opsets: opsets, Functions: []*wire.Function{activate, dense}, Graph: &wire.Graph{
		Name:   "functions",
		Inputs: []*wire.ValueInfo{info("x", floatTensor(2, 3)), info("w", floatTensor(3, 3)), info("b", floatTensor(3))},
		Nodes: []*wire.Node{
			node("Dense", local, []string{"x", "w", "b"}, []string{"h", "hidden"}, floatAttr("slope", 0.25)),
			node("Dense", local, []string{"h", "w", "b"}, []string{"y", ""}, floatAttr("slope", -0.5)),
			node("Activate", local, []string{"hidden"}, []string{"z"}, floatAttr("slope", 0)),
		},
		Outputs: []*wire.ValueInfo{info("y", floatTensor(2, 3)), info("hidden", floatTensor(2, 3)), info("z", floatTensor(2, 3))},
	}}

	// The names inside of a function and of the graph that calls it are two worlds, also in a branch of If.
	branch := func(alpha float32) *wire.Attribute {
		name := map[bool]string{true: "then_branch", false: "else_branch"}[alpha > 0]
		return &wire.Attribute{Name: name, Type: wire.AttrGraph, G: &wire.Graph{
			Name: name, Nodes: []*wire.Node{node("Activate", local, []string{"v"}, []string{"r"}, floatAttr("slope", alpha))},
			Outputs: []*wire.ValueInfo{info("r", floatTensor(2, 2))},
		}}
	}
	c = s.add("functions_in_branches", nil)
	input(c, "l", []bool{false})
	c.x("v", 2, 2)
	scalar := &wire.Type{Kind: wire.TypeTensor, ElemType: int32(inference.Bool), HasShape: true}
	c.model = &wire.Model{IRVersion: 8, Opsets: opsets, Functions: []*wire.Function{activate}, Graph: &wire.Graph{
		Name:    "branches",
		Inputs:  []*wire.ValueInfo{info("l", scalar), info("v", floatTensor(2, 2))},
		Nodes:   []*wire.Node{node("If", "", []string{"l"}, []string{"g"}, branch(0.5), branch(-2))},
		Outputs: []*wire.ValueInfo{info("g", floatTensor(2, 2))},
	}}
}

// storage are models that keep constants in other ways than dense and in the file, and what old files do.
func storage(s *suite) {
	c := s.add("sparse_initializers", nil)
	x := c.x("x", 2, 3)
	flat := c.ConstSparse("flat", vector([]float32{1.5, -2, 4}), vector([]int64{1, 5, 7}), 3, 4)
	pairs, _ := inference.NewTensor([]int64{0, 1, 2, 3}, 2, 2)
	c.out("flat_y", c.do("MatMul", x, flat), inference.Float32)
	c.out("pairs_y", c.do("MatMul", x, c.ConstSparse("pairs", vector([]float32{0.5, 8}), pairs, 3, 4)), inference.Float32)

	// Every way to write a constant as a node.
	c = s.add("constant_nodes", opset(13))
	x = c.x("x", 3)
	whole := c.Op("Constant", nil, build.Ints("value_ints", 4, -5, 6))
	c.out("floats", c.do("Mul", x, c.Op("Constant", nil, build.Floats("value_floats", 1, 2, 3))), inference.Float32)
	c.out("float", c.do("Add", x, c.Op("Constant", nil, build.Float("value_float", 0.5))), inference.Float32)
	c.out("ints", c.do("Add", whole, c.Op("Constant", nil, build.Int("value_int", 100))), inference.Int64)
	c.out("sparse", c.do("Add", x, c.Op("Constant", nil, build.Sparse("sparse_value", vector([]float32{7, -8}), vector([]int64{0, 4}), 2, 3))), inference.Float32)
	c.out("strings", c.Op("Constant", nil, build.Strings("value_strings", "a", "")), inference.String)
	c.out("string", c.Op("Constant", nil, build.String("value_string", "one")), inference.String)

	// Two tensors in one file, the second at an offset, and one with strings beside them in the model.
	c = s.add("external_data", nil)
	c.x("x", 2, 2)
	var data []byte
	for _, v := range c.floats(2, 2) {
		data = append(data, rawFloats(v)...)
	}
	data = append(data, make([]byte, 64-len(data))...)
	data = append(data, rawFloats(10, -20)...)
	c.files = map[string][]byte{"weights.bin": data}
	external := func(name string, offset, length string, dims ...int64) *wire.Tensor {
		t := &wire.Tensor{Name: name, DataType: 1, Dims: dims, DataLocation: 1, External: []wire.StringEntry{{Key: "location", Value: "weights.bin"}}}
		if offset != "" {
			t.External = append(t.External, wire.StringEntry{Key: "offset", Value: offset})
		}
		if length != "" {
			t.External = append(t.External, wire.StringEntry{Key: "length", Value: length})
		}
		return t
	}
	c.model = &wire.Model{IRVersion: 8, Opsets: []wire.OpsetID{{Version: 17}}, Graph: &wire.Graph{
		Name:         "external",
		Inputs:       []*wire.ValueInfo{info("x", floatTensor(2, 2))},
		Initializers: []*wire.Tensor{external("w", "", "16", 2, 2), external("b", "64", "8", 2)},
		Nodes:        []*wire.Node{node("Gemm", "", []string{"x", "w", "b"}, []string{"y"})},
		Outputs:      []*wire.ValueInfo{info("y", floatTensor(2, 2))},
	}}

	// Up to IR version 3 every initializer is an input too; numbers may come in typed lists instead of bytes.
	c = s.add("initializers_as_inputs", nil)
	c.x("x", 2, 2)
	c.model = &wire.Model{IRVersion: 3, Opsets: []wire.OpsetID{{Version: 7}}, Graph: &wire.Graph{
		Name:         "ir3",
		Inputs:       []*wire.ValueInfo{info("x", floatTensor(2, 2)), info("w", floatTensor(2, 2)), info("shape", &wire.Type{Kind: wire.TypeTensor, ElemType: 7, HasShape: true, Dims: []wire.Dim{{Known: true, Value: 1}}})},
		Initializers: []*wire.Tensor{{Name: "w", DataType: 1, Dims: []int64{2, 2}, Floats: []float32{1, 2, 3, 4}}, {Name: "shape", DataType: 7, Dims: []int64{1}, Int64s: []int64{-1}}},
		Nodes:        []*wire.Node{node("MatMul", "", []string{"x", "w"}, []string{"m"}), node("Reshape", "", []string{"m", "shape"}, []string{"y"})},
		Outputs:      []*wire.ValueInfo{info("y", floatTensor(4))},
	}}
}
