package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opIsInf)

// opIsInf computes whether x is infinite.
var opIsInf = Op{
	Name: "IsInf",
	Versions: []Version{
		{
			Since: 10, In: Args{"T1"}, Out: Args{"T2"}, Types: []Constraint{{"T1", dtype.Floats}, {"T2", dtype.Bools}},
			Attrs: []Attr{{"detect_negative", Int, 1}, {"detect_positive", Int, 1}}, Infer: testShape, New: newIsInf,
		},
		{
			Since: 20, In: Args{"T1"}, Out: Args{"T2"}, Types: []Constraint{{"T1", dtype.Floating | dtype.Float8s}, {"T2", dtype.Bools}},
			Attrs: []Attr{{"detect_negative", Int, 1}, {"detect_positive", Int, 1}}, Infer: testShape, New: newIsInf,
		},
	},
}

func newIsInf(n *Node) (Kernel, error) {
	negative, positive := n.Flag("detect_negative"), n.Flag("detect_positive")
	return choose(n,
		mapped(func(dst []bool, src []float32) { kernels.IsInf(dst, src, negative, positive) }),
		mapped(func(dst []bool, src []float64) { kernels.IsInf(dst, src, negative, positive) }))
}
