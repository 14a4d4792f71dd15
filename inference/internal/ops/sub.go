package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Sub",
	Doc:  "a - b",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Attrs: legacyBroadcast, Infer: legacyShape, New: newSub, InPlace: 2},
		{Since: 6, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Attrs: legacyBroadcast, Infer: legacyShape, New: newSub, InPlace: 2},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Infer: broadcastShape, New: newSub, InPlace: 2},
		{Since: 14, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers}}, Infer: broadcastShape, New: newSub, InPlace: 2},
	},
})

func newSub(n *Node) (Kernel, error) {
	return choose(n,
		pairs[float32](kernels.Sub), pairs[float64](kernels.Sub), pairs[int8](kernels.Sub), pairs[int16](kernels.Sub), pairs[int32](kernels.Sub),
		pairs[int64](kernels.Sub), pairs[uint8](kernels.Sub), pairs[uint16](kernels.Sub), pairs[uint32](kernels.Sub), pairs[uint64](kernels.Sub))
}
