package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Sinh",
	Doc:  "hyperbolic sine",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newSinh, InPlace: 1},
	},
})

func newSinh(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Sinh), mapped[float64](kernels.Sinh))
}
