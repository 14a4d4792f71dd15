package ops

import "github.com/brinkml/brink/inference/internal/dtype"

var _ = register(&opQLinearMatMul)

// opQLinearMatMul computes the product of two quantized matrices, or of each of two broadcasting stacks of them,
// quantized again.
var opQLinearMatMul = Op{
	Name: "QLinearMatMul",
	Versions: []Version{
		{
			Since: 10, In: Args{"T1", "float32", "T1", "T2", "float32", "T2", "float32", "T3"}, Out: Args{"T3"},
			Types: []Constraint{{"T1", bytes8}, {"T2", bytes8}, {"T3", bytes8}},
			Infer: inferQLinearMatMul, New: newQLinearMatMul, Cost: qLinearMatMulCost,
		},
		{
			Since: 21, In: Args{"T1", "TS", "T1", "T2", "TS", "T2", "TS", "T3"}, Out: Args{"T3"},
			Types: []Constraint{{"TS", dequantized}, {"T1", quantized8}, {"T2", quantized8}, {"T3", quantized8}},
			Infer: inferQLinearMatMul, New: newQLinearMatMul, Cost: qLinearMatMulCost,
		},
	},
}

const quantized8 = bytes8 | dtype.Float8s

var qLinearMatMul = byteMatMulIn{a: 0, aScale: 1, aZero: 2, b: 3, bScale: 4, bZero: 5, yScale: 6, yZero: 7, bias: -1}

func inferQLinearMatMul(n *Node) error { return qLinearMatMul.infer(n) }

func newQLinearMatMul(n *Node) (Kernel, error) { return qLinearMatMul.new(n) }

func qLinearMatMulCost(n *Node) int64 { return qLinearMatMul.cost(n) }
