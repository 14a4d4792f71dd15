package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opMin)

// opMin computes the least of the inputs, element by element.
var opMin = Op{
	Name: "Min",
	Versions: []Version{
		{Since: 1, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: equalShapes, New: newMin, InPlace: 2, Again: 1 << 6},
		{Since: 8, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: broadcastShape, New: newMin, InPlace: 2},
		{Since: 12, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}}, Infer: broadcastShape, New: newMin, InPlace: 2, Again: 1 << 13},
	},
}

var least = arithmetic{vec: vec.OfMin, f32: kernels.Min[float32], f64: kernels.Min[float64], i64: kernels.Min[int64], u64: kernels.Min[uint64]}

func newMin(n *Node) (Kernel, error) { return newFold(n, &least), nil }
