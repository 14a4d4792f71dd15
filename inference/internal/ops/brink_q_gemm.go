//go:build !arm

package ops

import "github.com/brinkml/brink/inference/internal/dtype"

var _ = register(&opBrinkQGemm)

// opBrinkQGemm computes QLinearMatMul with a bias.
// The inputs are those of QLinearMatMul, and a bias for each column, in units of the product of the factors' scales.
var opBrinkQGemm = Op{
	Name: "QGemm", Domain: internal,
	Versions: []Version{
		{
			Since: 1, In: Args{"T1", "T", "T1", "T2", "T", "T2", "T", "T3", "int32"}, Out: Args{"T3"},
			Types: []Constraint{{"T", 1 << dtype.Float32}, {"T1", bytes8}, {"T2", bytes8}, {"T3", bytes8}},
			Infer: func(n *Node) error { return brinkQGemm.infer(n) },
			New:   func(n *Node) (Kernel, error) { return brinkQGemm.new(n) },
			Cost:  func(n *Node) int64 { return brinkQGemm.cost(n) },
		},
	},
}

var brinkQGemm = byteMatMulIn{a: 0, aScale: 1, aZero: 2, b: 3, bScale: 4, bZero: 5, yScale: 6, yZero: 7, bias: 8}
