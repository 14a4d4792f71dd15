//go:build !arm

package optimize_test

import (
	"testing"

	"github.com/brinkml/brink/inference/internal/wire"
)

// TestLayout checks where transposes stay. The passes noop and dead tidy up behind layout, as they do in a load.
func TestLayout(t *testing.T) {
	text := func(name, v string) *wire.Attribute {
		return &wire.Attribute{Name: name, Type: wire.AttrString, S: []byte(v)}
	}
	perm := func(v ...int64) *wire.Attribute { return integers("perm", v...) }
	kernel := integers("kernel_shape", 2, 2)
	consts := []*wire.Tensor{
		floats("w", -1, 4, 4, 1, 1), floats("w3", -1, 4, 4, 3, 3), floats("wide", -1, 8, 4, 1, 1), floats("grouped", -1, 4, 2, 1, 1), floats("planes", -1, 4, 1, 3, 3),
		floats("line", -1, 4, 4, 3), floats("b", 2, 4), floats("c", -3, 4, 1, 1), floats("all", 0.5, 1, 4, 3, 3), floats("row", 1, 3), floats("one", 1.5),
		floats("s", 1, 4), floats("o", -1, 4), floats("mean", 1, 4), floats("var", 0.5, 4), floats("m", 0.1, 4, 2), floats("m36", 0.1, 36, 2),
		ints("matrix", 2, 2, 2, 3, 3), ints("back", 2, 4, 3, 3), ints("pads", 0, 0, 1, 0, 0, 0, 1, 2), ints("flat", 2, -1), ints("pixels", 2, 3),
		{Name: "axis", DataType: 7, Int64s: []int64{1}},
		{Name: "scales", DataType: 1, Dims: []int64{4}, Floats: []float32{1, 1, 2, 2}},
		{Name: "empty", DataType: 1, Dims: []int64{0}, Floats: []float32{}},
	}
	conv := node("Conv", "x w b", "a")
	for _, c := range []passCase{
		{name: "Conv", nodes: []*wire.Node{node("Conv", "x w3 b", "y", integers("pads", 1, 1, 1, 1))}, want: "Transpose Conv Transpose"},
		{name: "Conv of a line", input: input("x", 2, 4, 5), nodes: []*wire.Node{node("Conv", "x line", "y")}, want: "Transpose Conv Transpose"},
		{name: "Conv of one pixel", input: input("x", 2, 4, 1, 1), nodes: []*wire.Node{node("Conv", "x w", "y")}, want: "Reshape Conv Reshape"},
		{name: "Conv of one channel", input: input("x", 2, 1, 3, 4), consts: []*wire.Tensor{floats("w1", 1, 1, 1, 2, 2)}, nodes: []*wire.Node{node("Conv", "x w1", "y")}, want: "Reshape Conv Reshape"},
		{name: "Conv of any batch", input: input("x", "N", 4, 3, 3), nodes: []*wire.Node{node("Conv", "x w", "a"), node("Relu", "a", "y")}, want: "Transpose Conv Relu Transpose"},
		{name: "Conv of any size", input: input("x", "N", 4, "H", "W"), nodes: []*wire.Node{node("Conv", "x w", "a"), node("GlobalAveragePool", "a", "y")}, want: "Transpose Conv GlobalAveragePool Reshape"},
		{name: "Conv with other weights each time", nodes: []*wire.Node{node("Abs", "x", "k"), node("Conv", "x k", "y")}, want: "Abs Conv"},
		{name: "Conv of many pixels", input: input("x", "N", 4, 8, 9), nodes: []*wire.Node{conv, node("Relu", "a", "y")}, want: "Conv Relu"},
		{name: "Conv of many pixels and a pooling", input: input("x", 2, 4, 8, 9), nodes: []*wire.Node{conv, node("MaxPool", "a", "y", kernel)}, want: "Transpose Conv MaxPool Transpose"},
		{name: "Convs of many pixels", input: input("x", 2, 4, 8, 9), nodes: []*wire.Node{conv, node("Conv", "a w", "y")}, want: "Transpose Conv Conv Transpose"},
		{name: "Conv of other pixels", input: input("x", 2, 4, 9, 9), nodes: []*wire.Node{node("Conv", "x w", "y", integers("strides", 2, 1))}, want: "Transpose Conv Transpose"},
		{name: "Conv of planes", input: input("x", 2, 4, 3, 70), nodes: []*wire.Node{node("Conv", "x planes", "y", integer("group", 4))}, want: "Conv"},
		{name: "Conv of every other row", input: input("x", 2, 4, 9, 70), nodes: []*wire.Node{node("Conv", "x planes", "y", integer("group", 4), integers("strides", 2, 2))}, want: "Conv"},
		{name: "Conv of every other row, dilated", input: input("x", 2, 4, 9, 70), nodes: []*wire.Node{node("Conv", "x planes", "y", integer("group", 4), integers("strides", 2, 2), integers("dilations", 2, 2))}, want: "Transpose Conv Transpose"},
		{name: "Conv of short planes", input: input("x", 2, 4, 9, 60), nodes: []*wire.Node{node("Conv", "x planes", "y", integer("group", 4))}, want: "Transpose Conv Transpose"},
		{name: "Convs", nodes: []*wire.Node{conv, node("Conv", "a grouped", "y", integer("group", 2))}, want: "Transpose Conv Conv Transpose"},
		{name: "read by others", nodes: []*wire.Node{conv, node("Conv", "a w", "z"), node("CumSum", "a axis", "d"), node("Relu", "z", "y")}, outputs: []string{"z", "d"}, want: "Transpose Conv Conv Transpose CumSum Relu Transpose Transpose"},
		{name: "elementwise", nodes: []*wire.Node{conv, node("LeakyRelu", "a", "d"), node("Clip", "d one", "e"), node("HardSwish", "e", "f"), node("Conv", "f w", "y")}, want: "Transpose Conv LeakyRelu Clip HardSwish Conv Transpose"},
		{name: "no convolution", nodes: []*wire.Node{node("MaxPool", "x", "a", kernel), node("Relu", "a", "y")}, want: "MaxPool Relu"},
		{name: "given channels last", input: input("x", 2, 3, 3, 4), nodes: []*wire.Node{node("Transpose", "x", "n", perm(0, 3, 1, 2)), node("Conv", "n w", "a"), node("Relu", "a", "d"), node("Transpose", "d", "y", perm(0, 2, 3, 1))}, want: "Conv Relu"},
		{name: "sum with the input", nodes: []*wire.Node{conv, node("Add", "a x", "y")}, want: "Transpose Conv Add Transpose"},
		{name: "sum with something large", nodes: []*wire.Node{node("Abs", "x", "d"), node("Tanh", "x", "e"), conv, node("Sum", "a d e", "y")}, want: "Abs Tanh Transpose Conv Transpose Sum"},
		{name: "constants", nodes: []*wire.Node{conv, node("Mul", "a c", "d"), node("Add", "all d", "e"), node("Sub", "e one", "f"), node("Div", "f row", "g"), node("PRelu", "g c", "y")}, want: "Transpose Conv Mul Add Sub Div PRelu Transpose"},
		{name: "broadcast of old", opset: 6, nodes: []*wire.Node{conv, node("Mul", "a s", "d", integer("broadcast", 1), integer("axis", 1)), node("Add", "d row", "e", integer("broadcast", 1)), node("PRelu", "e s", "f"), node("Add", "f x", "y")}, want: "Transpose Conv Mul Add PRelu Add Transpose"},
		{name: "squeeze and excite", nodes: []*wire.Node{conv, node("GlobalAveragePool", "a", "d"), node("Conv", "d w", "e"), node("Sigmoid", "e", "f"), node("Mul", "a f", "y")}, want: "Transpose Conv GlobalAveragePool Conv Sigmoid Mul Transpose"},
		{name: "pools", nodes: []*wire.Node{conv, node("MaxPool", "a", "d", kernel, integers("pads", 1, 0, 0, 1)), node("AveragePool", "d", "e", kernel, integer("count_include_pad", 1), integers("pads", 0, 1, 1, 0)), node("LRN", "e", "f", integer("size", 3)), node("GlobalMaxPool", "f", "y")}, want: "Transpose Conv MaxPool AveragePool LRN GlobalMaxPool Reshape"},
		{name: "pool with places", nodes: []*wire.Node{conv, node("MaxPool", "a", "y z", kernel)}, outputs: []string{"z"}, want: "Transpose Conv Transpose MaxPool"},
		{name: "mean", opset: 13, nodes: []*wire.Node{conv, node("ReduceMean", "a", "d", integers("axes", 2, 3), integer("keepdims", 0)), node("MatMul", "d m", "y")}, want: "Transpose Conv GlobalAveragePool Reshape MatMul"},
		{name: "mean by an input", opset: 18, nodes: []*wire.Node{conv, node("ReduceMean", "a pixels", "y")}, want: "Transpose Conv GlobalAveragePool Reshape"},
		{name: "mean of channels", opset: 13, nodes: []*wire.Node{conv, node("ReduceMean", "a", "y", integers("axes", 1))}, want: "Transpose Conv Transpose ReduceMean"},
		{name: "normalised first", nodes: []*wire.Node{conv, node("MaxPool", "a", "d", kernel), node("BatchNormalization", "d s o mean var", "e"), node("Relu", "e", "f"), node("Conv", "f w", "y")}, want: "Transpose Conv MaxPool Affine Conv Transpose"},
		{name: "concat", nodes: []*wire.Node{conv, node("Conv", "x wide", "d"), node("Concat", "a d x", "e", integer("axis", 1)), node("Split", "e", "f g", integer("axis", -3)), node("Concat", "f g", "y", integer("axis", 2))}, want: "Transpose Conv Conv Concat Split Concat Transpose"},
		{name: "softmax", nodes: []*wire.Node{conv, node("Softmax", "a", "y", integer("axis", 1))}, want: "Transpose Conv Softmax Transpose"},
		{name: "pad", nodes: []*wire.Node{conv, node("Pad", "a pads one", "d"), node("Pad", "d pads", "e", text("mode", "edge")), node("Conv", "e w", "y")}, want: "Transpose Conv Pad Pad Conv Transpose"},
		{name: "pad by attributes", opset: 9, nodes: []*wire.Node{conv, node("Pad", "a", "y", integers("pads", 0, 1, 2, 0, 0, 0, 1, 0))}, want: "Transpose Conv Pad Transpose"},
		{name: "resize", nodes: []*wire.Node{conv, node("Resize", "a _ scales", "d"), node("Conv", "d w", "y")}, want: "Transpose Conv Resize Conv Transpose"},
		{name: "resize of old", opset: 11, nodes: []*wire.Node{conv, node("Resize", "a empty scales", "d", text("mode", "linear")), node("Relu", "d", "e"), node("Conv", "e w", "y")}, want: "Transpose Conv Resize Relu Conv Transpose"},
		{name: "resize in the end", nodes: []*wire.Node{conv, node("Resize", "a _ scales", "y")}, want: "Transpose Conv Transpose Resize"},
		{name: "shuffle", nodes: []*wire.Node{conv, node("Reshape", "a matrix", "d"), node("Transpose", "d", "e", perm(0, 2, 1, 3, 4)), node("Reshape", "e back", "f"), node("Conv", "f grouped", "y", integer("group", 2))}, want: "Transpose Conv Reshape Transpose Reshape Conv Transpose"},
		{name: "flatten", nodes: []*wire.Node{conv, node("Flatten", "a", "d"), node("MatMul", "d m36", "y")}, want: "Transpose Conv Transpose Flatten MatMul"},
	} {
		if c.input == nil {
			c.input = images
		}
		c.consts = append(c.consts, consts...)
		c.check(t, "layout", "noop", "dead")
	}
}

// TestActivation checks what becomes part of convolutions.
func TestActivation(t *testing.T) {
	consts := []*wire.Tensor{floats("w", -1, 4, 4, 1, 1), floats("b", 2, 4), floats("low", -0.5), floats("high", 6)}
	conv := node("Conv", "x w b", "a")
	for _, c := range []passCase{
		{name: "Relu", nodes: []*wire.Node{conv, node("Relu", "a", "y")}, want: "FusedConv"},
		{name: "Relu that others read before", nodes: []*wire.Node{conv, node("Relu", "a", "d"), node("Mul", "a d", "y")}, want: "Conv Relu Mul"},
		{name: "Clip", nodes: []*wire.Node{conv, node("Clip", "a low high", "y")}, want: "FusedConv"},
		{name: "Clip on one side", nodes: []*wire.Node{conv, node("Clip", "a _ high", "y")}, want: "FusedConv"},
		{name: "Clip of old", opset: 6, nodes: []*wire.Node{conv, node("Clip", "a", "y", float("min", -1))}, want: "FusedConv"},
		{name: "Clip by what is not constant", nodes: []*wire.Node{node("ReduceMax", "x", "m", integer("keepdims", 0)), conv, node("Clip", "a _ m", "y")}, want: "ReduceMax Conv Clip"},
		{name: "others", nodes: []*wire.Node{conv, node("LeakyRelu", "a", "d", float("alpha", 0.2)), node("Conv", "d w", "e"), node("HardSigmoid", "e", "f", float("alpha", 0.3)), node("Conv", "f w", "g"), node("Tanh", "g", "h"), node("Conv", "h w", "i"), node("Sigmoid", "i", "y")}, want: "FusedConv FusedConv FusedConv FusedConv"},
		{name: "one after the other", nodes: []*wire.Node{conv, node("Relu", "a", "d"), node("Tanh", "d", "y")}, want: "FusedConv Tanh"},
		{name: "residual", nodes: []*wire.Node{conv, node("Add", "a x", "d"), node("Relu", "d", "y")}, want: "FusedConv"},
		{name: "residual that comes later", nodes: []*wire.Node{conv, node("Abs", "x", "d"), node("Sum", "d a", "y")}, want: "Abs FusedConv"},
		{name: "two convolutions", nodes: []*wire.Node{conv, node("Conv", "x w", "d"), node("Add", "a d", "e"), node("Relu", "e", "y")}, want: "Conv FusedConv"},
		{name: "three", nodes: []*wire.Node{conv, node("Conv", "x w", "d"), node("Add", "a d", "e"), node("Add", "e x", "y")}, want: "Conv FusedConv Add"},
		{name: "twice the same", nodes: []*wire.Node{conv, node("Add", "a a", "y")}, want: "Conv Add"},
		{name: "after the activation", nodes: []*wire.Node{conv, node("Relu", "a", "d"), node("Add", "d x", "y")}, want: "FusedConv Add"},
		{name: "broadcast", nodes: []*wire.Node{conv, node("GlobalMaxPool", "x", "d"), node("Add", "a d", "y")}, want: "Conv GlobalMaxPool Add"},
		{name: "any batch", input: input("x", "N", 4, 3, 3), nodes: []*wire.Node{conv, node("Add", "a x", "y")}, want: "FusedConv"},
		{name: "any size", input: input("x", "", 4, 3, 3), nodes: []*wire.Node{conv, node("Add", "a x", "y")}, want: "Conv Add"},
	} {
		if c.input == nil {
			c.input = images
		}
		c.consts = consts
		c.check(t, "activation", "dead")
	}
}

// TestScale checks which factors become part of weights.
func TestScale(t *testing.T) {
	consts := []*wire.Tensor{
		floats("w", -1, 4, 4, 1, 1), floats("b", 2, 4), floats("c", -3, 4, 1, 1), floats("d", 1.5), floats("row", 1, 3), floats("m", 1, 3, 4), floats("v", 1, 4),
		floats("s", 1, 4), floats("o", -1, 4), floats("mean", 1, 4), floats("var", 0.5, 4),
	}
	norm := node("BatchNormalization", "x s o mean var", "a")
	for _, c := range []passCase{
		{name: "Conv", nodes: []*wire.Node{node("Conv", "x w b", "a"), node("Mul", "a c", "e"), node("Mul", "d e", "y")}, want: "Conv"},
		{name: "Gemm", input: matrix, nodes: []*wire.Node{node("MatMul", "x m", "a"), node("Mul", "a v", "y")}, want: "Gemm"},
		{name: "along another dimension", nodes: []*wire.Node{node("Conv", "x w b", "a"), node("Mul", "a row", "y")}, want: "Conv Mul"},
		{name: "normalisation", nodes: []*wire.Node{norm, node("Mul", "a c", "e"), node("Add", "c e", "f"), node("Sub", "f d", "y")}, want: "BatchNormalization"},
		{name: "subtracted from", nodes: []*wire.Node{norm, node("Sub", "c a", "y")}, want: "BatchNormalization Sub"},
		{name: "of old", opset: 6, nodes: []*wire.Node{node("Conv", "x w b", "a"), node("Mul", "a s", "y", integer("broadcast", 1), integer("axis", 1))}, want: "Conv"},
		{name: "read elsewhere", nodes: []*wire.Node{norm, node("Mul", "a c", "e"), node("Mul", "a e", "y")}, want: "BatchNormalization Mul Mul"},
	} {
		if c.input == nil {
			c.input = images
		}
		c.consts = consts
		c.check(t, "scale", "dead")
	}
}
