package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opSub)

// opSub computes a - b.
var opSub = Op{
	Name: "Sub",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Common: &legacyBroadcast, Infer: legacyShape, New: newSub, InPlace: 2},
		{Since: 6, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Common: &legacyBroadcast, Infer: legacyShape, New: newSub, InPlace: 2},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Infer: broadcastShape, New: newSub, InPlace: 2, Again: 1 << 13},
		{Since: 14, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}}, Infer: broadcastShape, New: newSub, InPlace: 2},
	},
}

var subtracting = arithmetic{vec: vec.OfSub, f32: kernels.Sub[float32], f64: kernels.Sub[float64], i64: kernels.Sub[int64]}

func newSub(n *Node) (Kernel, error) { return newPairs(n, &subtracting) }
