package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Atan",
	Doc:  "arctangent",
	Versions: []Version{
		{Since: 7, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newAtan, InPlace: 1},
	},
})

func newAtan(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Atan), mapped[float64](kernels.Atan))
}
