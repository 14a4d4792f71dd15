package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Acos",
	Doc:  "arccosine",
	Versions: []Version{
		{Since: 7, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newAcos, InPlace: 1},
	},
})

func newAcos(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Acos), mapped[float64](kernels.Acos))
}
