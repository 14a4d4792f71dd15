package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opAdd)

// opAdd computes a + b.
var opAdd = Op{
	Name: "Add",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Common: &legacyBroadcast, Infer: legacyShape, New: newAdd, InPlace: 2},
		{Since: 6, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Common: &legacyBroadcast, Infer: legacyShape, New: newAdd, InPlace: 2},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Infer: broadcastShape, New: newAdd, InPlace: 2, Again: 1 << 13},
		{Since: 14, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}}, Infer: broadcastShape, New: newAdd, InPlace: 2},
	},
}

var adding = arithmetic{vec: vec.OfAdd, f32: kernels.Add[float32], f64: kernels.Add[float64], i64: kernels.Add[int64]}

func newAdd(n *Node) (Kernel, error) { return newPairs(n, &adding) }
