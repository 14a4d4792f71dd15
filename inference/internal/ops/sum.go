package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Sum",
	Doc:  "the sum of the inputs, element by element",
	Versions: []Version{
		{Since: 1, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: broadcastShape, New: newSum, InPlace: 2},
	},
})

func newSum(n *Node) (Kernel, error) {
	return choose(n, folds[float32](kernels.Add), folds[float64](kernels.Add))
}
