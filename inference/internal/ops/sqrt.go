package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Sqrt",
	Doc:  "square root",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newSqrt, InPlace: 1},
	},
})

func newSqrt(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Sqrt), mapped[float64](kernels.Sqrt))
}
