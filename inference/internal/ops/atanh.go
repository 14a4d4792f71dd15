package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Atanh",
	Doc:  "inverse hyperbolic tangent",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newAtanh, InPlace: 1},
	},
})

func newAtanh(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Atanh), mapped[float64](kernels.Atanh))
}
