package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Mul",
	Doc:  "a * b",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Attrs: legacyBroadcast, Infer: legacyShape, New: newMul, InPlace: 2},
		{Since: 6, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Attrs: legacyBroadcast, Infer: legacyShape, New: newMul, InPlace: 2},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Infer: broadcastShape, New: newMul, InPlace: 2},
		{Since: 14, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers}}, Infer: broadcastShape, New: newMul, InPlace: 2},
	},
})

func newMul(n *Node) (Kernel, error) {
	return choose(n,
		pairs[float32](kernels.Mul), pairs[float64](kernels.Mul), pairs[int8](kernels.Mul), pairs[int16](kernels.Mul), pairs[int32](kernels.Mul),
		pairs[int64](kernels.Mul), pairs[uint8](kernels.Mul), pairs[uint16](kernels.Mul), pairs[uint32](kernels.Mul), pairs[uint64](kernels.Mul))
}
