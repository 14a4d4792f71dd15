package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Relu",
	Doc:  "max(0, x)",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newRelu, InPlace: 1},
		{Since: 14, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats | dtype.Signed}}, Infer: sameShape, New: newRelu, InPlace: 1},
	},
})

func newRelu(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Relu), mapped[float64](kernels.Relu),
		mapped[int8](kernels.Relu), mapped[int16](kernels.Relu), mapped[int32](kernels.Relu), mapped[int64](kernels.Relu))
}
