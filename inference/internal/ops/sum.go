package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
)

var _ = register(&opSum)

// opSum computes the sum of the inputs, element by element.
var opSum = Op{
	Name: "Sum",
	Versions: []Version{
		{Since: 1, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: equalShapes, New: newSum, InPlace: 2, Again: 1 << 6},
		{Since: 8, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: broadcastShape, New: newSum, InPlace: 2, Again: 1 << 13},
	},
}

func newSum(n *Node) (Kernel, error) { return newTotal(n, false) }
