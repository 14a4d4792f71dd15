package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opXor)

var opXor = Op{
	Name: "Xor",
	Doc:  "either a or b",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Bools}, {"T1", dtype.Bools}}, Common: &legacyBroadcast, Infer: legacyCompare, New: newXor, InPlace: 2},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Bools}, {"T1", dtype.Bools}}, Infer: compareShape, New: newXor, InPlace: 2},
	},
}

func newXor(n *Node) (Kernel, error) { return newLogic(n, kernels.Xor) }
