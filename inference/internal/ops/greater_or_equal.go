package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "GreaterOrEqual",
	Doc:  "a >= b",
	Versions: []Version{
		{Since: 12, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Numbers}, {"T1", dtype.Bools}}, Infer: compareShape, New: newGreaterOrEqual},
	},
})

func newGreaterOrEqual(n *Node) (Kernel, error) {
	return choose(n,
		pairs[float32](kernels.GreaterOrEqual), pairs[float64](kernels.GreaterOrEqual), pairs[int8](kernels.GreaterOrEqual), pairs[int16](kernels.GreaterOrEqual),
		pairs[int32](kernels.GreaterOrEqual), pairs[int64](kernels.GreaterOrEqual), pairs[uint8](kernels.GreaterOrEqual), pairs[uint16](kernels.GreaterOrEqual),
		pairs[uint32](kernels.GreaterOrEqual), pairs[uint64](kernels.GreaterOrEqual))
}
