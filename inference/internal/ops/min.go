package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Min",
	Doc:  "the least of the inputs, element by element",
	Versions: []Version{
		{Since: 1, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: broadcastShape, New: newMin, InPlace: 2},
		{Since: 12, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers}}, Infer: broadcastShape, New: newMin, InPlace: 2},
	},
})

func newMin(n *Node) (Kernel, error) {
	return choose(n, folds[float32](kernels.Min), folds[float64](kernels.Min), folds[int8](kernels.Min), folds[int16](kernels.Min),
		folds[int32](kernels.Min), folds[int64](kernels.Min), folds[uint8](kernels.Min), folds[uint16](kernels.Min),
		folds[uint32](kernels.Min), folds[uint64](kernels.Min))
}
