package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Sign",
	Doc:  "-1, 0 or 1",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers}}, Infer: sameShape, New: newSign, InPlace: 1},
	},
})

func newSign(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Sign), mapped[float64](kernels.Sign), mapped[int8](kernels.Sign), mapped[int16](kernels.Sign),
		mapped[int32](kernels.Sign), mapped[int64](kernels.Sign), mapped[uint8](kernels.Sign), mapped[uint16](kernels.Sign),
		mapped[uint32](kernels.Sign), mapped[uint64](kernels.Sign))
}
