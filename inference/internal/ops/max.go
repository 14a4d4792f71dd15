package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opMax)

// opMax computes the greatest of the inputs, element by element.
var opMax = Op{
	Name: "Max",
	Versions: []Version{
		{Since: 1, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: equalShapes, New: newMax, InPlace: 2, Again: 1 << 6},
		{Since: 8, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: broadcastShape, New: newMax, InPlace: 2},
		{Since: 12, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}}, Infer: broadcastShape, New: newMax, InPlace: 2, Again: 1 << 13},
	},
}

var greatest = arithmetic{vec: vec.OfMax, f32: kernels.Max[float32], f64: kernels.Max[float64], i64: kernels.Max[int64], u64: kernels.Max[uint64]}

func newMax(n *Node) (Kernel, error) { return newFold(n, &greatest), nil }
