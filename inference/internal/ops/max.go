package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Max",
	Doc:  "the greatest of the inputs, element by element",
	Versions: []Version{
		{Since: 1, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: broadcastShape, New: newMax, InPlace: 2},
		{Since: 12, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers}}, Infer: broadcastShape, New: newMax, InPlace: 2},
	},
})

func newMax(n *Node) (Kernel, error) {
	return choose(n, folds[float32](kernels.Max), folds[float64](kernels.Max), folds[int8](kernels.Max), folds[int16](kernels.Max),
		folds[int32](kernels.Max), folds[int64](kernels.Max), folds[uint8](kernels.Max), folds[uint16](kernels.Max),
		folds[uint32](kernels.Max), folds[uint64](kernels.Max))
}
