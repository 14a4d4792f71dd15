package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Ceil",
	Doc:  "least integer not below x",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newCeil, InPlace: 1},
	},
})

func newCeil(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Ceil), mapped[float64](kernels.Ceil))
}
