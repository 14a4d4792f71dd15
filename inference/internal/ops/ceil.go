package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opCeil)

// opCeil computes least integer not below x.
var opCeil = Op{
	Name: "Ceil",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newCeil, InPlace: 1, Again: 1<<6 | 1<<13},
	},
}

var ceilings = maps{vec: vec.Activation{Func: vec.OfCeil}, f32: kernels.Ceil[float32], f64: kernels.Ceil[float64]}

func newCeil(n *Node) (Kernel, error) { return newMap(n, &ceilings) }
