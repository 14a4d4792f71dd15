package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "LessOrEqual",
	Doc:  "a <= b",
	Versions: []Version{
		{Since: 12, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Numbers}, {"T1", dtype.Bools}}, Infer: compareShape, New: newLessOrEqual},
	},
})

func newLessOrEqual(n *Node) (Kernel, error) {
	return choose(n,
		pairs[float32](kernels.LessOrEqual), pairs[float64](kernels.LessOrEqual), pairs[int8](kernels.LessOrEqual), pairs[int16](kernels.LessOrEqual),
		pairs[int32](kernels.LessOrEqual), pairs[int64](kernels.LessOrEqual), pairs[uint8](kernels.LessOrEqual), pairs[uint16](kernels.LessOrEqual),
		pairs[uint32](kernels.LessOrEqual), pairs[uint64](kernels.LessOrEqual))
}
