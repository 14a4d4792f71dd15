package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Acosh",
	Doc:  "inverse hyperbolic cosine",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newAcosh, InPlace: 1},
	},
})

func newAcosh(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Acosh), mapped[float64](kernels.Acosh))
}
