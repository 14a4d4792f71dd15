//go:build !arm

package optimize_test

import (
	"strings"
	"testing"

	"github.com/brinkml/brink/inference/internal/wire"
)

// byteOf is a constant of one uint8.
func byteOf(name string, v int32) *wire.Tensor {
	return &wire.Tensor{Name: name, DataType: 2, Dims: []int64{}, Int32s: []int32{v}}
}

// signed is a constant of int8 whose elements count up by two.
func signed(name string, from int32, dims ...int64) *wire.Tensor {
	t := &wire.Tensor{Name: name, DataType: 3, Dims: dims}
	n := int64(1)
	for _, d := range dims {
		n *= d
	}
	for i := range n {
		t.Int32s = append(t.Int32s, from+2*int32(i%20))
	}
	return t
}

// scalar is a constant without dimensions.
func scalar(name string, v float32) *wire.Tensor { return floats(name, v) }

// between quantizes x, has nodes make r of what that stands for, d, and quantizes r to y.
func between(nodes ...*wire.Node) []*wire.Node {
	all := []*wire.Node{node("QuantizeLinear", "x s z", "q"), node("DequantizeLinear", "q s z", "d")}
	return append(append(all, nodes...), node("QuantizeLinear", "r s z", "y"))
}

var quantizedConsts = []*wire.Tensor{
	scalar("s", 0.5), scalar("t", 0.25), byteOf("z", 128), signed("w", -19, 3, 2), scalar("ws", 0.03125), signed("f", -19, 2, 4, 1, 1), signed("g", -9, 3, 2, 1, 1),
	floats("bias", 1, 2),
}

func TestQDQ(t *testing.T) {
	weights := node("DequantizeLinear", "w ws", "dw")
	filters := node("DequantizeLinear", "f ws", "df")
	for _, c := range []passCase{
		{name: "MatMul", input: matrix, nodes: between(weights, node("MatMul", "d dw", "r")), want: "QuantizeLinear QLinearMatMul"},
		{name: "Gemm", input: matrix, nodes: between(weights, node("Gemm", "d dw bias", "r")), want: "QuantizeLinear QGemm"},
		{name: "Conv", input: images, nodes: between(filters, node("Conv", "d df bias", "r")), want: "QuantizeLinear QLinearConv"},
		{name: "Relu that cuts off", input: matrix, nodes: between(weights, node("MatMul", "d dw", "m"), node("Relu", "m", "r")), want: "QuantizeLinear DequantizeLinear DequantizeLinear MatMul Relu QuantizeLinear"},
		{name: "MaxPool", input: images, nodes: between(node("MaxPool", "d", "r", integers("kernel_shape", 2, 2))), want: "QuantizeLinear MaxPool"},
		{name: "Flatten", input: images, nodes: between(node("Flatten", "d", "r")), want: "QuantizeLinear Flatten"},
		{name: "Transpose", input: matrix, nodes: between(node("Transpose", "d", "r")), want: "QuantizeLinear Transpose"},
		{name: "Concat", input: matrix, nodes: between(node("Concat", "d d", "r", integer("axis", 0))), want: "QuantizeLinear Concat"},
		{name: "another scale", input: matrix, nodes: []*wire.Node{
			node("QuantizeLinear", "x s z", "q"), node("DequantizeLinear", "q s z", "d"), node("Transpose", "d", "r"), node("QuantizeLinear", "r t z", "y"),
		}, want: "QuantizeLinear DequantizeLinear Transpose QuantizeLinear"},
		{name: "read elsewhere", input: matrix, nodes: between(node("Transpose", "d", "r")), outputs: []string{"r"}, want: "QuantizeLinear DequantizeLinear Transpose QuantizeLinear"},
	} {
		c.consts = quantizedConsts
		c.check(t, "qdq", "dead")
	}
}

func TestDynamic(t *testing.T) {
	product := []*wire.Node{
		node("DynamicQuantizeLinear", "x", "q qs qz"), node("MatMulInteger", "q w qz", "i"), node("Cast", "i", "c", integer("to", 1)),
		node("Mul", "qs ws", "by"), node("Mul", "c by", "m"),
	}
	with := func(nodes ...*wire.Node) []*wire.Node { return append(append([]*wire.Node(nil), product...), nodes...) }
	for _, c := range []passCase{
		{name: "bias and Relu", input: matrix, nodes: with(node("Add", "m bias", "a"), node("Relu", "a", "y")), want: "DynamicQuantizeMatMul"},
		{name: "bias", input: matrix, nodes: with(node("Add", "bias m", "y")), want: "DynamicQuantizeMatMul"},
		{name: "neither", input: matrix, nodes: with(node("Neg", "m", "y")), want: "DynamicQuantizeMatMul Neg"},
		{name: "read elsewhere", input: matrix, nodes: with(node("Neg", "m", "y")), outputs: []string{"c"}, want: "DynamicQuantizeLinear MatMulInteger Cast Mul Mul Neg"},
	} {
		c.consts = quantizedConsts
		c.check(t, "dynamic", "dead")
	}
}

func TestQLayout(t *testing.T) {
	convs := []*wire.Node{
		node("QuantizeLinear", "x s z", "q"), node("QLinearConv", "q s z f ws fz s z", "a"), node("QLinearConv", "a s z g ws fz s z", "y"),
	}
	consts := append([]*wire.Tensor{signed("fz", 0)}, quantizedConsts...)
	for _, c := range []struct {
		name    string
		outputs []string
		want    string // domains
	}{
		{"two", nil, " brink brink"},
		{"an output", []string{"a"}, "  "},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &wire.Graph{Inputs: []*wire.ValueInfo{images}, Initializers: consts, Nodes: convs, Outputs: outputs(append(c.outputs, "y")...)}
			before, after, typing := optimized(t, 17, g, only(t, "qlayout", "dead"))
			var domains []string
			for i := range after.Graph.Nodes {
				domains = append(domains, after.Graph.Nodes[i].Domain)
			}
			if got := strings.Join(domains, " "); got != c.want {
				t.Errorf("domains are %q; want %q", got, c.want)
			}
			checkRuns(t, g, before, after, typing)
		})
	}
}
