package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Log",
	Doc:  "natural logarithm",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newLog, InPlace: 1},
	},
})

func newLog(n *Node) (Kernel, error) {
	return choose(n, mapped[float32](kernels.Log), mapped[float64](kernels.Log))
}
