package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Cos",
	Doc:  "cosine",
	Versions: []Version{
		{Since: 7, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newCos, InPlace: 1},
	},
})

func newCos(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Cos), mapped[float64](kernels.Cos))
}
