package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opRound)

// opRound computes nearest integer, halves to the even one.
var opRound = Op{
	Name: "Round",
	Versions: []Version{
		{Since: 11, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newRound, InPlace: 1, Again: 1 << 22},
	},
}

var roundings = maps{vec: vec.Activation{Func: vec.OfRound}, f32: kernels.Round[float32], f64: kernels.Round[float64]}

func newRound(n *Node) (Kernel, error) { return newMap(n, &roundings) }
