package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opMul)

// opMul computes a * b.
var opMul = Op{
	Name: "Mul",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Common: &legacyBroadcast, Infer: legacyShape, New: newMul, InPlace: 2},
		{Since: 6, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Common: &legacyBroadcast, Infer: legacyShape, New: newMul, InPlace: 2},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Infer: broadcastShape, New: newMul, InPlace: 2, Again: 1 << 13},
		{Since: 14, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}}, Infer: broadcastShape, New: newMul, InPlace: 2},
	},
}

var multiplying = arithmetic{vec: vec.OfMul, f32: kernels.Mul[float32], f64: kernels.Mul[float64], i64: kernels.Mul[int64]}

func newMul(n *Node) (Kernel, error) { return newPairs(n, &multiplying) }
