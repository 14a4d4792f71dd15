package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Neg",
	Doc:  "-x",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newNeg, InPlace: 1},
		{Since: 6, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats | dtype.Signed}}, Infer: sameShape, New: newNeg, InPlace: 1},
	},
})

func newNeg(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Neg), mapped[float64](kernels.Neg), mapped[int8](kernels.Neg), mapped[int16](kernels.Neg),
		mapped[int32](kernels.Neg), mapped[int64](kernels.Neg))
}
