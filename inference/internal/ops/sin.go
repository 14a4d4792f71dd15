package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Sin",
	Doc:  "sine",
	Versions: []Version{
		{Since: 7, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newSin, InPlace: 1},
	},
})

func newSin(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Sin), mapped[float64](kernels.Sin))
}
