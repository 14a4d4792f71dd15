package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Div",
	Doc:  "a / b, towards zero for integers",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Attrs: legacyBroadcast, Infer: legacyShape, New: newDiv, InPlace: 2},
		{Since: 6, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Attrs: legacyBroadcast, Infer: legacyShape, New: newDiv, InPlace: 2},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Infer: broadcastShape, New: newDiv, InPlace: 2},
		{Since: 14, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers}}, Infer: broadcastShape, New: newDiv, InPlace: 2},
	},
})

func newDiv(n *Node) (Kernel, error) {
	return choose(n,
		pairs[float32](kernels.DivFloat), pairs[float64](kernels.DivFloat),
		pairs[int8](kernels.DivInt), pairs[int16](kernels.DivInt), pairs[int32](kernels.DivInt), pairs[int64](kernels.DivInt),
		pairs[uint8](kernels.DivInt), pairs[uint16](kernels.DivInt), pairs[uint32](kernels.DivInt), pairs[uint64](kernels.DivInt))
}
