package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opDiv)

// opDiv computes a / b, towards zero for integers.
var opDiv = Op{
	Name: "Div",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Common: &legacyBroadcast, Infer: legacyShape, New: newDiv, InPlace: 2},
		{Since: 6, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Common: &legacyBroadcast, Infer: legacyShape, New: newDiv, InPlace: 2},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Infer: broadcastShape, New: newDiv, InPlace: 2, Again: 1 << 13},
		{Since: 14, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}}, Infer: broadcastShape, New: newDiv, InPlace: 2},
	},
}

var dividing = arithmetic{vec: vec.OfDiv, f32: kernels.DivFloat[float32], f64: kernels.DivFloat[float64], i64: kernels.DivInt[int64], u64: kernels.DivInt[uint64]}

func newDiv(n *Node) (Kernel, error) { return newPairs(n, &dividing) }
