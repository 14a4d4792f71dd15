package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opGreater)

// opGreater computes a > b.
var opGreater = Op{
	Name: "Greater",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Floating}, {"T1", dtype.Bools}}, Common: &legacyBroadcast, Infer: legacyCompare, New: newGreater},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Floating}, {"T1", dtype.Bools}}, Infer: compareShape, New: newGreater},
		{Since: 9, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}, {"T1", dtype.Bools}}, Infer: compareShape, New: newGreater, Again: 1 << 13},
	},
}

var greater = comparison{f32: kernels.Greater[float32], f64: kernels.Greater[float64], i64: kernels.Greater[int64], u64: kernels.Greater[uint64]}

func newGreater(n *Node) (Kernel, error) { return newPairs(n, &greater) }
