package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opLess)

// opLess computes a < b.
var opLess = Op{
	Name: "Less",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Floating}, {"T1", dtype.Bools}}, Common: &legacyBroadcast, Infer: legacyCompare, New: newLess},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Floating}, {"T1", dtype.Bools}}, Infer: compareShape, New: newLess},
		{Since: 9, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}, {"T1", dtype.Bools}}, Infer: compareShape, New: newLess, Again: 1 << 13},
	},
}

var less = comparison{f32: kernels.Less[float32], f64: kernels.Less[float64], i64: kernels.Less[int64], u64: kernels.Less[uint64]}

func newLess(n *Node) (Kernel, error) { return newPairs(n, &less) }
