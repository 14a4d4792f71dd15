package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opSqrt)

// opSqrt computes square root.
var opSqrt = Op{
	Name: "Sqrt",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newSqrt, InPlace: 1, Again: 1<<6 | 1<<13},
	},
}

var roots = maps{vec: vec.Activation{Func: vec.OfSqrt}, f32: kernels.Sqrt[float32], f64: kernels.Sqrt[float64]}

func newSqrt(n *Node) (Kernel, error) { return newMap(n, &roots) }
