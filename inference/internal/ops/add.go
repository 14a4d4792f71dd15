package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Add",
	Doc:  "a + b",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Attrs: legacyBroadcast, Infer: legacyShape, New: newAdd, InPlace: 2},
		{Since: 6, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Attrs: legacyBroadcast, Infer: legacyShape, New: newAdd, InPlace: 2},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Infer: broadcastShape, New: newAdd, InPlace: 2},
		{Since: 14, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers}}, Infer: broadcastShape, New: newAdd, InPlace: 2},
	},
})

func newAdd(n *Node) (Kernel, error) {
	return choose(n,
		pairs[float32](kernels.Add), pairs[float64](kernels.Add), pairs[int8](kernels.Add), pairs[int16](kernels.Add), pairs[int32](kernels.Add),
		pairs[int64](kernels.Add), pairs[uint8](kernels.Add), pairs[uint16](kernels.Add), pairs[uint32](kernels.Add), pairs[uint64](kernels.Add))
}
