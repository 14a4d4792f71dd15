package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opGreaterOrEqual)

// opGreaterOrEqual computes a >= b.
var opGreaterOrEqual = Op{
	Name: "GreaterOrEqual",
	Versions: []Version{
		{Since: 12, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}, {"T1", dtype.Bools}}, Infer: compareShape, New: newGreaterOrEqual, Again: 1 << 16},
	},
}

var greaterOrEqual = comparison{f32: kernels.GreaterOrEqual[float32], f64: kernels.GreaterOrEqual[float64], i64: kernels.GreaterOrEqual[int64], u64: kernels.GreaterOrEqual[uint64]}

func newGreaterOrEqual(n *Node) (Kernel, error) { return newPairs(n, &greaterOrEqual) }
