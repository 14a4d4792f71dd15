package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Cosh",
	Doc:  "hyperbolic cosine",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newCosh, InPlace: 1},
	},
})

func newCosh(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Cosh), mapped[float64](kernels.Cosh))
}
