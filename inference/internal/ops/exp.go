package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Exp",
	Doc:  "e to the power x",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newExp, InPlace: 1},
	},
})

func newExp(n *Node) (Kernel, error) {
	return choose(n, mapped(kernels.Exp32), mapped(kernels.Exp64))
}
