package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Round",
	Doc:  "nearest integer, halves to the even one",
	Versions: []Version{
		{Since: 11, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newRound, InPlace: 1},
	},
})

func newRound(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Round), mapped[float64](kernels.Round))
}
