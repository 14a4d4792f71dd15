//go:build !arm

package ops

import "github.com/brinkml/brink/inference/internal/dtype"

var _ = register(&opDynamicQuantizeMatMul)

// opDynamicQuantizeMatMul computes the product of a matrix, quantized by what it is itself, with a quantized one, as
// floats, and a bias.
// It computes what DynamicQuantizeLinear, MatMulInteger, Cast, Mul, Add and Relu do one after the other, to the bit.
var opDynamicQuantizeMatMul = Op{
	Name: "DynamicQuantizeMatMul", Domain: internal,
	Versions: []Version{
		{
			Since: 1, In: Args{"T1", "T2", "T1", "T2?", "T1?"}, Out: Args{"T1"},
			Types: []Constraint{{"T1", 1 << dtype.Float32}, {"T2", bytes8}}, Attrs: []Attr{{"relu", Int, 0}},
			Infer: func(n *Node) error { return dynamicQuantizeMatMul.infer(n) },
			New:   func(n *Node) (Kernel, error) { return dynamicQuantizeMatMul.new(n) },
			Cost:  func(n *Node) int64 { return dynamicQuantizeMatMul.cost(n) },
		},
	},
}

var dynamicQuantizeMatMul = byteMatMulIn{a: 0, b: 1, bScale: 2, bZero: 3, bias: 4, aScale: -1, aZero: -1, yScale: -1, yZero: -1, relu: true}
