package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opAnd)

// opAnd computes a and b.
var opAnd = Op{
	Name: "And",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Bools}, {"T1", dtype.Bools}}, Common: &legacyBroadcast, Infer: legacyCompare, New: newAnd, InPlace: 2},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Bools}, {"T1", dtype.Bools}}, Infer: compareShape, New: newAnd, InPlace: 2},
	},
}

func newAnd(n *Node) (Kernel, error) { return newLogic(n, kernels.And) }
