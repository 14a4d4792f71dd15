package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Reciprocal",
	Doc:  "1 / x",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newReciprocal, InPlace: 1},
	},
})

func newReciprocal(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Reciprocal), mapped[float64](kernels.Reciprocal))
}
