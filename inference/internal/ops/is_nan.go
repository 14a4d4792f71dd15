package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opIsNaN)

// opIsNaN computes whether x is not a number.
var opIsNaN = Op{
	Name: "IsNaN",
	Versions: []Version{
		{Since: 9, In: Args{"T1"}, Out: Args{"T2"}, Types: []Constraint{{"T1", dtype.Floating}, {"T2", dtype.Bools}}, Infer: testShape, New: newIsNaN, Again: 1 << 13},
		{Since: 20, In: Args{"T1"}, Out: Args{"T2"}, Types: []Constraint{{"T1", dtype.Floating | dtype.Float8s}, {"T2", dtype.Bools}}, Infer: testShape, New: newIsNaN},
	},
}

// testShape is the Infer of operators that tell something of each element.
func testShape(n *Node) error {
	n.Out[0].DType = dtype.Bool
	return sameShape(n)
}

func newIsNaN(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.IsNaN), mapped[float64](kernels.IsNaN))
}
