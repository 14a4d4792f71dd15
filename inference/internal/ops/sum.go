package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
)

var _ = register(&opSum)

var opSum = Op{
	Name: "Sum",
	Doc:  "the sum of the inputs, element by element",
	Versions: []Version{
		{Since: 1, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: broadcastShape, New: newSum, InPlace: 2},
	},
}

func newSum(n *Node) (Kernel, error) { return newFold(n, &adding), nil }
