package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opLessOrEqual)

// opLessOrEqual computes a <= b.
var opLessOrEqual = Op{
	Name: "LessOrEqual",
	Versions: []Version{
		{Since: 12, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}, {"T1", dtype.Bools}}, Infer: compareShape, New: newLessOrEqual, Again: 1 << 16},
	},
}

var lessOrEqual = comparison{f32: kernels.LessOrEqual[float32], f64: kernels.LessOrEqual[float64], i64: kernels.LessOrEqual[int64], u64: kernels.LessOrEqual[uint64]}

func newLessOrEqual(n *Node) (Kernel, error) { return newPairs(n, &lessOrEqual) }
