package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Abs",
	Doc:  "|x|",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newAbs, InPlace: 1},
		{Since: 6, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers}}, Infer: sameShape, New: newAbs, InPlace: 1},
	},
})

func newAbs(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Abs), mapped[float64](kernels.Abs), mapped[int8](kernels.Abs), mapped[int16](kernels.Abs),
		mapped[int32](kernels.Abs), mapped[int64](kernels.Abs),
		mapped[uint8](kernels.Same), mapped[uint16](kernels.Same), mapped[uint32](kernels.Same), mapped[uint64](kernels.Same))
}
