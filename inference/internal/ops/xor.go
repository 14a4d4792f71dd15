package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opXor)

// opXor computes either a or b.
var opXor = Op{
	Name: "Xor",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Bools}, {"T1", dtype.Bools}}, Common: &legacyBroadcast, Infer: legacyCompare, New: newXor, InPlace: 2},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Bools}, {"T1", dtype.Bools}}, Infer: compareShape, New: newXor, InPlace: 2},
	},
}

func newXor(n *Node) (Kernel, error) { return newLogic(n, kernels.Xor) }
