package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Less",
	Doc:  "a < b",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Floats}, {"T1", dtype.Bools}}, Attrs: legacyBroadcast, Infer: legacyCompare, New: newLess},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Floats}, {"T1", dtype.Bools}}, Infer: compareShape, New: newLess},
		{Since: 9, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Numbers}, {"T1", dtype.Bools}}, Infer: compareShape, New: newLess},
	},
})

func newLess(n *Node) (Kernel, error) {
	return choose(n,
		pairs[float32](kernels.Less), pairs[float64](kernels.Less), pairs[int8](kernels.Less), pairs[int16](kernels.Less), pairs[int32](kernels.Less),
		pairs[int64](kernels.Less), pairs[uint8](kernels.Less), pairs[uint16](kernels.Less), pairs[uint32](kernels.Less), pairs[uint64](kernels.Less))
}
