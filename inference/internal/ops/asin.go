package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Asin",
	Doc:  "arcsine",
	Versions: []Version{
		{Since: 7, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newAsin, InPlace: 1},
	},
})

func newAsin(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Asin), mapped[float64](kernels.Asin))
}
