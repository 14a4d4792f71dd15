package optimize_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/optimize"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// passCase is a graph with input x, and what is left of it by a pass with dead, unless that is the one. Outputs are y, and
// those named.
type passCase struct {
	name    string
	opset   int64
	input   *wire.ValueInfo
	consts  []*wire.Tensor
	nodes   []*wire.Node
	outputs []string
	want    string
}

func (c *passCase) check(t *testing.T, pass ...string) {
	t.Helper()
	t.Run(c.name, func(t *testing.T) {
		g := &wire.Graph{
			Inputs: []*wire.ValueInfo{c.input}, Initializers: c.consts, Nodes: c.nodes, Outputs: outputs(append(c.outputs, "y")...),
		}
		opset := c.opset
		if opset == 0 {
			opset = 17
		}
		before, after, typing := optimized(t, opset, g, only(t, pass...))
		if got := names(after); got != c.want {
			t.Errorf("nodes are %q; want %q", got, c.want)
		}
		checkRuns(t, g, before, after, typing)
	})
}

var (
	matrix = input("x", 2, 3)
	open   = input("x", "N", 3)
	images = input("x", 2, 4, 3, 3)
)

func TestFold(t *testing.T) {
	value := &wire.Attribute{Name: "value", Type: wire.AttrTensor, T: floats("", 1, 3)}
	for _, c := range []passCase{
		{name: "chain", input: matrix, nodes: []*wire.Node{node("Constant", "", "c", value), node("Neg", "c", "d"), node("Abs", "d", "e"), node("Add", "x e", "y")}, want: "Add"},
		{name: "output", input: matrix, nodes: []*wire.Node{node("Constant", "", "c", value), node("Neg", "c", "y")}, want: ""},
		{name: "shape", input: matrix, nodes: []*wire.Node{node("Shape", "x", "y")}, want: "Shape"},
		{
			name: "growth", input: matrix, consts: []*wire.Tensor{ints("many", 1<<10, 1<<10, 3)},
			nodes: []*wire.Node{node("ConstantOfShape", "many", "c"), node("ReduceMax", "c", "m"), node("Add", "x m", "y")}, want: "ConstantOfShape ReduceMax Add",
		},
		{
			name: "integers", input: matrix, consts: []*wire.Tensor{ints("two", 2)},
			nodes: []*wire.Node{node("Identity", "two", "i"), node("ReduceSum", "i", "s", integer("keepdims", 0)), node("Cast", "s", "f", integer("to", 1)), node("Add", "x f", "y")},
			want:  "Add",
		},
	} {
		c.check(t, "fold", "dead")
	}
}

func TestShapes(t *testing.T) {
	chain := []*wire.Node{
		node("Shape", "x", "shape"), node("Gather", "shape one", "n"), node("Concat", "n one", "to", integer("axis", 0)),
		node("Reshape", "x to", "y"),
	}
	columns := []*wire.Node{
		node("Shape", "x", "columns", integer("start", 1)), node("Concat", "minus columns one", "to", integer("axis", 0)),
		node("Reshape", "x to", "y"),
	}
	for _, c := range []passCase{
		{name: "static", input: input("x", 1, 3), consts: []*wire.Tensor{ints("one", 1)}, nodes: chain, want: "Reshape"},
		{name: "symbol", input: open, consts: []*wire.Tensor{ints("one", 1), ints("minus", -1)}, nodes: columns, want: "Reshape"},
		{name: "open", input: input("x", 1, "N"), consts: []*wire.Tensor{ints("one", 1)}, nodes: chain, want: "Shape Gather Concat Reshape"},
		{name: "constants", input: matrix, consts: []*wire.Tensor{ints("one", 1)}, nodes: []*wire.Node{node("Neg", "one", "y")}, want: "Neg"},
	} {
		c.check(t, "shapes", "dead")
	}
}

func TestDead(t *testing.T) {
	nodes := []*wire.Node{node("Abs", "x", "a"), node("Neg", "a", "b"), node("Neg", "x", "y"), node("Dropout", "x", "c mask")}
	(&passCase{name: "dead", input: matrix, nodes: nodes, want: "Neg"}).check(t, "dead")
	(&passCase{name: "needed", input: matrix, nodes: nodes, outputs: []string{"b", "mask"}, want: "Abs Neg Neg Dropout"}).check(t, "dead")
	(&passCase{name: "off", input: matrix, nodes: nodes, want: "Abs Neg Neg Dropout"}).check(t)

	_, p, _ := optimized(t, 17, &wire.Graph{
		Inputs: []*wire.ValueInfo{matrix}, Initializers: []*wire.Tensor{floats("unread", 0, 4), floats("read", 0, 1)},
		Nodes: []*wire.Node{node("Neg", "unread", "z"), node("Add", "x read", "y")}, Outputs: outputs("y"),
	}, only(t, "dead"))
	for _, v := range p.Graph.Values {
		if has := v.Const != nil; has != (v.Name == "read") {
			t.Errorf("%q has a value: %v", v.Name, has)
		}
	}
}

func TestCSE(t *testing.T) {
	alpha := func(v float32) *wire.Attribute { return float("alpha", v) }
	tensorAttr := func(v float32) *wire.Attribute {
		return &wire.Attribute{Name: "value", Type: wire.AttrTensor, T: floats("", v, 1)}
	}
	for _, c := range []passCase{
		{name: "same", input: matrix, nodes: []*wire.Node{node("Neg", "x", "a"), node("Neg", "x", "b"), node("Add", "a b", "y")}, want: "Neg Add"},
		{name: "chains", input: matrix, nodes: []*wire.Node{node("Neg", "x", "a"), node("Neg", "x", "b"), node("Abs", "a", "c"), node("Abs", "b", "d"), node("Sub", "c d", "y")}, want: "Neg Abs Sub"},
		{name: "attributes", input: matrix, nodes: []*wire.Node{node("Elu", "x", "a", alpha(1)), node("Elu", "x", "b", alpha(2)), node("Elu", "x", "c", alpha(1)), node("Sum", "a b c", "y")}, want: "Elu Elu Sum"},
		{name: "tensors", input: matrix, nodes: []*wire.Node{node("Constant", "", "a", tensorAttr(1)), node("Constant", "", "b", tensorAttr(1)), node("Constant", "", "c", tensorAttr(2)), node("Sum", "a b c x", "y")}, want: "Constant Constant Sum"},
		{name: "constants", input: matrix, consts: []*wire.Tensor{floats("a", 1, 3), floats("b", 1, 3), floats("c", 2, 3)}, nodes: []*wire.Node{node("Add", "x a", "d"), node("Add", "x b", "e"), node("Add", "x c", "f"), node("Sum", "d e f", "y")}, want: "Add Add Sum"},
		{name: "constants of other types", input: matrix, consts: []*wire.Tensor{ints("a", 0, 0), {Name: "b", DataType: 7, Dims: []int64{2, 1}, Int64s: []int64{0, 0}}}, nodes: []*wire.Node{node("Gather", "x a", "d"), node("Gather", "x b", "e"), node("Add", "d e", "y")}, want: "Gather Gather Add"},
		{name: "inputs", input: matrix, nodes: []*wire.Node{node("Sub", "x x", "a"), node("Neg", "x", "b"), node("Sub", "x b", "c"), node("Sub", "b x", "d"), node("Sum", "a b c d", "y")}, want: "Sub Neg Sub Sub Sum"},
		{name: "an output", input: matrix, nodes: []*wire.Node{node("Neg", "x", "a"), node("Abs", "a", "b"), node("Neg", "x", "y")}, outputs: []string{"b"}, want: "Neg Abs"},
		{name: "two outputs", input: matrix, nodes: []*wire.Node{node("Neg", "x", "a"), node("Neg", "x", "y")}, outputs: []string{"a"}, want: "Neg Neg"},
		{name: "several results", input: matrix, consts: []*wire.Tensor{floats("s", 1, 3)}, nodes: []*wire.Node{node("LayerNormalization", "x s", "a m"), node("LayerNormalization", "x s", "b"), node("LayerNormalization", "x s", "c n"), node("Sum", "a b c", "y")}, outputs: []string{"m"}, want: "LayerNormalization LayerNormalization Sum"},
	} {
		c.check(t, "cse", "dead")
	}
}

func TestNoop(t *testing.T) {
	perm := func(v ...int64) *wire.Attribute { return integers("perm", v...) }
	zero, minusZero := floats("c", 0, 1), floats("c", 0, 1)
	minusZero.Floats[0] = float32(math.Copysign(0, -1))
	consts := []*wire.Tensor{
		ints("same", 2, 3), ints("keep", 0, 3), ints("rest", 3, -1), ints("flat", -1), ints("axis", 0), ints("one", 1), ints("minus", -1), ints("ones", 1, 1),
		ints("none", 0, 0, 0, 0), ints("two", 2), ints("all", math.MaxInt64), ints("least", math.MinInt64),
		{Name: "no", DataType: 9, Dims: []int64{}, Int32s: []int32{0}},
		floats("half", 0.5),
	}
	cast := func(d int64) *wire.Attribute { return integer("to", d) }
	for _, c := range []passCase{
		{name: "Identity", input: matrix, nodes: []*wire.Node{node("Identity", "x", "a"), node("Identity", "a", "b"), node("Neg", "b", "y")}, want: "Neg"},
		{name: "Identity to an output", input: matrix, nodes: []*wire.Node{node("Neg", "x", "a"), node("Abs", "a", "z"), node("Identity", "a", "y")}, outputs: []string{"z"}, want: "Neg Abs"},
		{name: "Identity of an input", input: matrix, nodes: []*wire.Node{node("Identity", "x", "y")}, want: "Identity"},
		{name: "Identity of an output", input: matrix, nodes: []*wire.Node{node("Neg", "x", "a"), node("Identity", "a", "y")}, outputs: []string{"a"}, want: "Neg Identity"},
		{name: "Dropout", input: matrix, consts: consts, nodes: []*wire.Node{node("Dropout", "x half no", "a m"), node("Dropout", "a", "b"), node("Neg", "b", "y")}, want: "Neg"},
		{name: "Dropout with a mask", input: matrix, nodes: []*wire.Node{node("Dropout", "x", "a m"), node("Neg", "a", "y")}, outputs: []string{"m"}, want: "Dropout Neg"},
		{name: "Cast", input: matrix, nodes: []*wire.Node{node("Cast", "x", "a", cast(1)), node("CastLike", "a x", "b"), node("Neg", "b", "y")}, want: "Neg"},
		{name: "Cast to another type", input: matrix, nodes: []*wire.Node{node("Cast", "x", "a", cast(11)), node("Neg", "a", "y")}, want: "Cast Neg"},
		{name: "Transpose", input: images, nodes: []*wire.Node{node("Transpose", "x", "a", perm(0, 1, 2, 3)), node("Neg", "a", "y")}, want: "Neg"},
		{name: "Transpose and back", input: images, nodes: []*wire.Node{node("Transpose", "x", "a", perm(0, 2, 3, 1)), node("Transpose", "a", "b", perm(0, 3, 1, 2)), node("Neg", "b", "y")}, want: "Neg"},
		{name: "Transpose twice", input: images, nodes: []*wire.Node{node("Transpose", "x", "a", perm(0, 2, 3, 1)), node("Transpose", "a", "b", perm(0, 2, 3, 1)), node("Neg", "b", "y")}, want: "Transpose Neg"},
		{name: "Transpose by default", input: images, nodes: []*wire.Node{node("Transpose", "x", "a"), node("Transpose", "a", "b"), node("Neg", "b", "y")}, want: "Neg"},
		{name: "Transpose of a scalar", input: input("x"), nodes: []*wire.Node{node("Neg", "x", "a"), node("Transpose", "a", "y")}, want: "Neg Transpose"},
		{name: "Reshape", input: matrix, consts: consts, nodes: []*wire.Node{node("Reshape", "x same", "a"), node("Neg", "a", "y")}, want: "Neg"},
		{name: "Reshape of a symbol", input: open, consts: consts, nodes: []*wire.Node{node("Reshape", "x keep", "a"), node("Neg", "a", "y")}, want: "Neg"},
		{name: "Reshape of what is not known", input: input("x", "", 3), consts: consts, nodes: []*wire.Node{node("Reshape", "x same", "a"), node("Neg", "a", "y")}, want: "Reshape Neg"},
		{name: "Reshape and back", input: matrix, consts: consts, nodes: []*wire.Node{node("Reshape", "x flat", "a"), node("Reshape", "a rest", "b"), node("Reshape", "b same", "c"), node("Neg", "c", "y")}, want: "Neg"},
		{name: "Reshape twice", input: matrix, consts: consts, nodes: []*wire.Node{node("Unsqueeze", "x axis", "a"), node("Reshape", "a flat", "b"), node("Reshape", "b rest", "c"), node("Neg", "c", "y")}, want: "Reshape Neg"},
		{name: "Reshape that keeps of the one before", input: matrix, consts: append(consts, ints("turned", 3, 2), ints("first", 0, 2)), nodes: []*wire.Node{node("Reshape", "x turned", "a"), node("Reshape", "a first", "b"), node("Neg", "b", "y")}, want: "Reshape Neg"},
		{name: "Squeeze and back", input: matrix, consts: consts, nodes: []*wire.Node{node("Unsqueeze", "x axis", "a"), node("Squeeze", "a axis", "b"), node("Neg", "b", "y")}, want: "Neg"},
		{name: "Flatten", input: matrix, nodes: []*wire.Node{node("Flatten", "x", "a"), node("Neg", "a", "y")}, want: "Neg"},
		{name: "Slice", input: matrix, consts: consts, nodes: []*wire.Node{node("Slice", "x axis two axis", "a"), node("Slice", "a axis all one one", "b"), node("Neg", "b", "y")}, want: "Neg"},
		{name: "Slice of a symbol", input: open, consts: consts, nodes: []*wire.Node{node("Slice", "x axis all axis", "a"), node("Neg", "a", "y")}, want: "Neg"},
		{name: "Slice of part", input: matrix, consts: consts, nodes: []*wire.Node{node("Slice", "x axis one axis", "a"), node("Slice", "x one all axis", "b"), node("Sum", "a b", "y")}, want: "Slice Slice Sum"},
		{name: "Slice backwards", input: matrix, consts: consts, nodes: []*wire.Node{node("Slice", "x minus least axis minus", "a"), node("Neg", "a", "y")}, want: "Slice Neg"},
		{name: "Slice by attributes", opset: 9, input: matrix, nodes: []*wire.Node{node("Slice", "x", "a", integers("starts", 0), integers("ends", 2)), node("Slice", "a", "b", integers("starts", 0), integers("ends", 1)), node("Neg", "b", "y")}, want: "Slice Neg"},
		{name: "Pad", input: matrix, consts: consts, nodes: []*wire.Node{node("Pad", "x none", "a"), node("Neg", "a", "y")}, want: "Neg"},
		{name: "Pad by attributes", opset: 9, input: matrix, nodes: []*wire.Node{node("Pad", "x", "a", integers("pads", 0, 0, 0, 0)), node("Pad", "a", "b", integers("pads", 0, 1, 0, -1)), node("Neg", "b", "y")}, want: "Pad Neg"},
		{name: "one of many", input: matrix, nodes: []*wire.Node{node("Concat", "x", "a", integer("axis", 0)), node("Sum", "a", "b"), node("Mean", "b", "c"), node("Max", "c", "d"), node("Min", "d", "e"), node("Split", "e", "f"), node("Neg", "f", "y")}, want: "Neg"},
		{name: "Expand", input: matrix, consts: consts, nodes: []*wire.Node{node("Expand", "x ones", "a"), node("Tile", "a ones", "b"), node("Neg", "b", "y")}, want: "Neg"},
		{name: "Expand of what may stretch", input: open, consts: consts, nodes: []*wire.Node{node("Expand", "x same", "a"), node("Neg", "a", "y")}, want: "Expand Neg"},
		{name: "times 1", input: matrix, consts: []*wire.Tensor{floats("c", 1, 1)}, nodes: []*wire.Node{node("Mul", "x c", "a"), node("Mul", "c a", "b"), node("Div", "b c", "d"), node("Neg", "d", "y")}, want: "Neg"},
		{name: "1 divided", input: matrix, consts: []*wire.Tensor{floats("c", 1, 1)}, nodes: []*wire.Node{node("Div", "c x", "a"), node("Neg", "a", "y")}, want: "Div Neg"},
		{name: "times 1 that stretches", input: input("x", 1, 3), consts: []*wire.Tensor{{Name: "c", DataType: 1, Dims: []int64{2, 1}, Floats: []float32{1, 1}}}, nodes: []*wire.Node{node("Mul", "x c", "a"), node("Neg", "a", "y")}, want: "Mul Neg"},
		{name: "times 1 of a higher rank", input: input("x", 3), consts: []*wire.Tensor{floats("c", 1, 1, 1)}, nodes: []*wire.Node{node("Mul", "x c", "a"), node("Neg", "a", "y")}, want: "Mul Neg"},
		{name: "plus 0", input: matrix, consts: []*wire.Tensor{zero}, nodes: []*wire.Node{node("Add", "x c", "a"), node("Neg", "a", "y")}, want: "Add Neg"},
		{name: "minus 0", input: matrix, consts: []*wire.Tensor{zero}, nodes: []*wire.Node{node("Sub", "x c", "a"), node("Neg", "a", "y")}, want: "Neg"},
		{name: "0 minus", input: matrix, consts: []*wire.Tensor{zero}, nodes: []*wire.Node{node("Sub", "c x", "a"), node("Neg", "a", "y")}, want: "Sub Neg"},
		{name: "plus -0", input: matrix, consts: []*wire.Tensor{minusZero}, nodes: []*wire.Node{node("Add", "c x", "a"), node("Neg", "a", "y")}, want: "Neg"},
		{name: "plus integer 0", input: matrix, consts: consts, nodes: []*wire.Node{node("Cast", "x", "a", cast(7)), node("Add", "a axis", "b"), node("Mul", "b one", "c"), node("Neg", "c", "y")}, want: "Cast Neg"},
	} {
		c.check(t, "noop", "dead")
	}
}

func TestBias(t *testing.T) {
	consts := []*wire.Tensor{
		floats("w", -1, 4, 4, 1, 1), floats("grouped", -1, 4, 2, 1, 1), floats("b", 2, 4), floats("c", -3, 4, 1, 1), floats("d", 1), floats("row", 1, 3), floats("plane", 1, 3, 3), floats("m", 1, 3, 4), floats("v", 1, 4), floats("table", 1, 2, 4), floats("column", 1, 2, 1),
	}
	for _, c := range []passCase{
		{name: "Conv", input: images, nodes: []*wire.Node{node("Conv", "x w", "a"), node("Add", "a c", "y")}, want: "Conv"},
		{name: "Conv with a bias", input: images, nodes: []*wire.Node{node("Conv", "x w b", "a"), node("Add", "c a", "e"), node("Sub", "e d", "y")}, want: "Conv"},
		{name: "ConvTranspose in groups", input: images, nodes: []*wire.Node{node("ConvTranspose", "x grouped", "a", integer("group", 2)), node("Sub", "a c", "y")}, want: "ConvTranspose"},
		{name: "subtracted from", input: images, nodes: []*wire.Node{node("Conv", "x w", "a"), node("Sub", "c a", "y")}, want: "Conv Sub"},
		{name: "along another dimension", input: images, nodes: []*wire.Node{node("Conv", "x w", "a"), node("Add", "a row", "e"), node("Add", "e plane", "y")}, want: "Conv Add Add"},
		{name: "read elsewhere", input: images, nodes: []*wire.Node{node("Conv", "x w", "a"), node("Add", "a c", "e"), node("Mul", "a e", "y")}, want: "Conv Add Mul"},
		{name: "an output", input: images, nodes: []*wire.Node{node("Conv", "x w", "a"), node("Add", "a c", "y")}, outputs: []string{"a"}, want: "Conv Add"},
		{name: "not constant", input: images, nodes: []*wire.Node{node("Conv", "x w", "a"), node("Add", "a x", "y")}, want: "Conv Add"},
		{name: "MatMul", input: matrix, nodes: []*wire.Node{node("MatMul", "x m", "a"), node("Add", "a v", "y")}, want: "Gemm"},
		{name: "MatMul of a stack", input: input("x", 2, 2, 3), nodes: []*wire.Node{node("MatMul", "x m", "a"), node("Add", "a v", "y")}, want: "MatMul Add"},
		{name: "MatMul with a table", input: matrix, nodes: []*wire.Node{node("MatMul", "x m", "a"), node("Add", "a table", "y")}, want: "MatMul Add"},
		{name: "Gemm", input: input("x", 3, 2), nodes: []*wire.Node{node("Gemm", "x m v", "a", integer("transA", 1), float("alpha", 2), float("beta", 3)), node("Add", "a d", "y")}, want: "Gemm"},
		{name: "Gemm with a column", input: matrix, nodes: []*wire.Node{node("Gemm", "x m column", "a"), node("Add", "a v", "y")}, want: "Gemm Add"},
		{name: "broadcast of old", opset: 6, input: images, nodes: []*wire.Node{node("Conv", "x w", "a"), node("Add", "a b", "y", integer("broadcast", 1), integer("axis", 1))}, want: "Conv"},
		{name: "broadcast of old elsewhere", opset: 6, input: images, nodes: []*wire.Node{node("Conv", "x w", "a"), node("Add", "a row", "y", integer("broadcast", 1), integer("axis", 2))}, want: "Conv Add"},
	} {
		c.consts = consts
		c.check(t, "bias", "dead")
	}
}

func TestBatchNorm(t *testing.T) {
	consts := []*wire.Tensor{
		floats("w", -1, 4, 4, 1, 1), floats("grouped", -1, 4, 2, 1, 1), floats("b", 2, 4), floats("s", 1, 4), floats("o", -1, 4), floats("mean", 1, 4), floats("var", 0.5, 4), floats("m", 1, 3, 4), floats("turned", 1, 4, 3),
		{Name: "huge", DataType: 1, Dims: []int64{4}, Floats: []float32{1, 1, 3e38, float32(math.Inf(1))}},
		{Name: "negative", DataType: 1, Dims: []int64{4}, Floats: []float32{1, 1, 1, -1}},
	}
	norm := func(in, out string, attrs ...*wire.Attribute) *wire.Node {
		return node("BatchNormalization", in+" s o mean var", out, attrs...)
	}
	for _, c := range []passCase{
		{name: "Conv", input: images, nodes: []*wire.Node{node("Conv", "x w", "a"), norm("a", "y")}, want: "Conv"},
		{name: "Conv with a bias", input: images, nodes: []*wire.Node{node("Conv", "x w b", "a"), norm("a", "e"), norm("e", "y", float("epsilon", 0.5))}, want: "Conv"},
		{name: "Conv in groups", input: images, nodes: []*wire.Node{node("Conv", "x grouped", "a", integer("group", 2)), norm("a", "y")}, want: "Conv"},
		{name: "ConvTranspose", input: images, nodes: []*wire.Node{node("ConvTranspose", "x w", "a"), norm("a", "y")}, want: "ConvTranspose"},
		{name: "ConvTranspose in groups", input: images, nodes: []*wire.Node{node("ConvTranspose", "x grouped b", "a", integer("group", 2)), norm("a", "y")}, want: "ConvTranspose"},
		{name: "MatMul", input: matrix, nodes: []*wire.Node{node("MatMul", "x m", "a"), norm("a", "y")}, want: "Gemm"},
		{name: "Gemm", input: matrix, nodes: []*wire.Node{node("Gemm", "x turned b", "a", integer("transB", 1), float("alpha", 2), float("beta", 3)), norm("a", "y")}, want: "Gemm"},
		{name: "in training", input: images, nodes: []*wire.Node{node("Conv", "x w", "a"), norm("a", "y", integer("training_mode", 1))}, want: "Conv BatchNormalization"},
		{name: "of every element", opset: 8, input: input("x", 1, 4, 1, 1), nodes: []*wire.Node{node("Conv", "x w", "a"), norm("a", "y", integer("spatial", 0))}, want: "Conv BatchNormalization"},
		{name: "of old", opset: 8, input: images, nodes: []*wire.Node{node("Conv", "x w", "a"), norm("a", "y")}, want: "Conv"},
		{name: "read elsewhere", input: images, nodes: []*wire.Node{node("Conv", "x w", "a"), norm("a", "e"), node("Mul", "a e", "y")}, want: "Conv BatchNormalization Mul"},
		{name: "first", input: images, nodes: []*wire.Node{norm("x", "a"), node("Conv", "a w", "y")}, want: "BatchNormalization Conv"},
	} {
		c.consts = consts
		c.check(t, "batchnorm", "dead")
	}
	for _, params := range []string{"huge o mean var", "s huge mean var", "s o mean negative"} {
		c := passCase{name: params, input: images, consts: consts, want: "Conv BatchNormalization Abs"}
		c.nodes = []*wire.Node{node("Conv", "x w", "a"), node("BatchNormalization", "a "+params, "e"), node("Abs", "x", "y")}
		c.check(t, "batchnorm") // nothing that is no number gets into weights
	}
}

// TestBatchNormGrowth checks that weights that are shared do not multiply without bounds.
func TestBatchNormGrowth(t *testing.T) {
	const n = 1500 // squared, 9 MB of weights
	g := &wire.Graph{
		Inputs: []*wire.ValueInfo{input("x", 1, n)}, Initializers: []*wire.Tensor{
			floats("w", 1, n, n), floats("s", 1, n), floats("o", -1, n), floats("mean", 1, n), floats("var", 0.5, n),
		},
	}
	for i := range 20 {
		a, b, y := fmt.Sprint("a", i), fmt.Sprint("b", i), fmt.Sprint("y", i)
		g.Nodes = append(g.Nodes, node("Neg", "x", a), node("MatMul", a+" w", b), node("BatchNormalization", b+" s o mean var", y))
		g.Outputs = append(g.Outputs, outputs(y)...)
	}
	_, p, _ := optimized(t, 17, g, only(t, "batchnorm"))
	folded := 0
	for i := range p.Graph.Nodes {
		if p.Graph.Nodes[i].Op == "Gemm" {
			folded++
		}
	}
	if folded == 0 || folded > 6 {
		t.Errorf("%d of 20 layers have weights of their own; want some, not all", folded)
	}
}

// TestBatchNormRoundsOnce checks weights against what float64 says.
func TestBatchNormRoundsOnce(t *testing.T) {
	_, p, _ := optimized(t, 17, &wire.Graph{
		Inputs: []*wire.ValueInfo{input("x", 1, 1, 1)},
		Initializers: []*wire.Tensor{
			floats("w", 0.1, 1, 1, 1), floats("b", 0.7, 1), floats("s", 1.3, 1), floats("o", 0.2, 1), floats("mean", 0.3, 1), floats("var", 0.9, 1),
		},
		Nodes:   []*wire.Node{node("Conv", "x w b", "a"), node("BatchNormalization", "a s o mean var", "c"), node("Sub", "c b", "y")},
		Outputs: outputs("y"),
	}, optimize.All())
	n := &p.Graph.Nodes[0]
	f := func(v float32) float64 { return float64(v) }
	scale := f(1.3) / math.Sqrt(f(0.9)+f(1e-5))
	bias := float32((f(0.7)-f(0.3))*scale + f(0.2))
	for _, c := range []struct {
		of   graph.ID
		want float32
	}{{n.In[1], float32(f(0.1) * scale)}, {n.In[2], float32(f(bias) - f(0.7))}} {
		if got := tensor.View[float32](p.Graph.Values[c.of].Const)[0]; got != c.want {
			t.Errorf("%s = %v; want %v", p.Graph.Values[c.of].Name, got, c.want)
		}
	}
}

// TestBatchNormOfLargeLayers has two layers whose weights are scaled when their kernels are made: they are not the same.
func TestBatchNormOfLargeLayers(t *testing.T) {
	repeated := func(name string, rows int64, v ...float32) *wire.Tensor { // sums of them are exact
		x := floats(name, 0, rows, 128)
		for i := range x.Floats {
			x.Floats[i] = v[i%len(v)]
		}
		return x
	}
	params := func(name string, v ...float32) *wire.Tensor {
		x := repeated(name, 1, v...)
		x.Dims = x.Dims[1:]
		return x
	}
	c := passCase{
		name: "two", input: input("x", 2, 128),
		consts: []*wire.Tensor{
			repeated("v", 128, 1, -1, 0.5), repeated("w", 128, 0, 1, 2, -1, 0),
			params("s", 0.5, 2), params("b", 1), params("m", 0), params("var", 0.99999, 3.99999),
		},
		nodes: []*wire.Node{
			node("MatMul", "x v", "p"), node("BatchNormalization", "p s b m var", "q"), node("Add", "q b", "a"),
			node("MatMul", "a w", "r"), node("BatchNormalization", "r b s m var", "y"),
		},
		want: "Gemm Gemm",
	}
	c.check(t, "bias", "batchnorm", "cse")
}
