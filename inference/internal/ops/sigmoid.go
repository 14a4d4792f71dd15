package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Sigmoid",
	Doc:  "1 / (1 + e^-x)",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newSigmoid, InPlace: 1},
	},
})

func newSigmoid(n *Node) (Kernel, error) {
	return choose(n, mapped(kernels.Sigmoid32), mapped(kernels.Sigmoid64))
}
