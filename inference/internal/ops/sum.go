package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
)

var _ = register(&opSum)

var opSum = Op{
	Name: "Sum",
	Doc:  "the sum of the inputs, element by element",
	Versions: []Version{
		{Since: 1, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: equalShapes, New: newSum, InPlace: 2, Again: 1 << 6},
		{Since: 8, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: broadcastShape, New: newSum, InPlace: 2, Again: 1 << 13},
	},
}

func newSum(n *Node) (Kernel, error) { return newTotal(n, false) }
