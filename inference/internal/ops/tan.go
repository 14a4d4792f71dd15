package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Tan",
	Doc:  "tangent",
	Versions: []Version{
		{Since: 7, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newTan, InPlace: 1},
	},
})

func newTan(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Tan), mapped[float64](kernels.Tan))
}
