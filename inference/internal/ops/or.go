package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opOr)

// opOr computes a or b.
var opOr = Op{
	Name: "Or",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Bools}, {"T1", dtype.Bools}}, Common: &legacyBroadcast, Infer: legacyCompare, New: newOr, InPlace: 2},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Bools}, {"T1", dtype.Bools}}, Infer: compareShape, New: newOr, InPlace: 2},
	},
}

func newOr(n *Node) (Kernel, error) { return newLogic(n, kernels.Or) }
