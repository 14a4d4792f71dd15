package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Greater",
	Doc:  "a > b",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Floats}, {"T1", dtype.Bools}}, Attrs: legacyBroadcast, Infer: legacyCompare, New: newGreater},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Floats}, {"T1", dtype.Bools}}, Infer: compareShape, New: newGreater},
		{Since: 9, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Numbers}, {"T1", dtype.Bools}}, Infer: compareShape, New: newGreater},
	},
})

func newGreater(n *Node) (Kernel, error) {
	return choose(n,
		pairs[float32](kernels.Greater), pairs[float64](kernels.Greater), pairs[int8](kernels.Greater), pairs[int16](kernels.Greater), pairs[int32](kernels.Greater),
		pairs[int64](kernels.Greater), pairs[uint8](kernels.Greater), pairs[uint16](kernels.Greater), pairs[uint32](kernels.Greater), pairs[uint64](kernels.Greater))
}
