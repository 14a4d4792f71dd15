package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Erf",
	Doc:  "the error function",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newErf, InPlace: 1},
	},
})

func newErf(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Erf), mapped[float64](kernels.Erf))
}
