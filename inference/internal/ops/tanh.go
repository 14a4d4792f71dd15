package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Tanh",
	Doc:  "hyperbolic tangent",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newTanh, InPlace: 1},
	},
})

func newTanh(n *Node) (Kernel, error) {
	return choose(n, mapped(kernels.Tanh32), mapped(kernels.Tanh64))
}
