package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Floor",
	Doc:  "greatest integer not above x",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newFloor, InPlace: 1},
	},
})

func newFloor(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Floor), mapped[float64](kernels.Floor))
}
