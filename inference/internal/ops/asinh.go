package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Asinh",
	Doc:  "inverse hyperbolic sine",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newAsinh, InPlace: 1},
	},
})

func newAsinh(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Asinh), mapped[float64](kernels.Asinh))
}
