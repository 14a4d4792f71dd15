package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Equal",
	Doc:  "a == b",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", equal1}, {"T1", dtype.Bools}}, Attrs: legacyBroadcast, Infer: legacyCompare, New: newEqual},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", equal1}, {"T1", dtype.Bools}}, Infer: compareShape, New: newEqual},
		{Since: 11, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Bools}, {"T1", dtype.Bools}}, Infer: compareShape, New: newEqual},
	},
})

// equal1 are the types that could be compared at first.
const equal1 = dtype.Bools | 1<<dtype.Int32 | 1<<dtype.Int64

func newEqual(n *Node) (Kernel, error) {
	return choose(n, pairs[bool](kernels.Equal),
		pairs[float32](kernels.Equal), pairs[float64](kernels.Equal), pairs[int8](kernels.Equal), pairs[int16](kernels.Equal), pairs[int32](kernels.Equal),
		pairs[int64](kernels.Equal), pairs[uint8](kernels.Equal), pairs[uint16](kernels.Equal), pairs[uint32](kernels.Equal), pairs[uint64](kernels.Equal))
}
