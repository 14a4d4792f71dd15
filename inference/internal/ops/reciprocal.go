package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opReciprocal)

// opReciprocal computes 1 / x.
var opReciprocal = Op{
	Name: "Reciprocal",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newReciprocal, InPlace: 1, Again: 1<<6 | 1<<13},
	},
}

var reciprocals = maps{vec: vec.Activation{Func: vec.OfReciprocal}, f32: kernels.Reciprocal[float32], f64: kernels.Reciprocal[float64]}

func newReciprocal(n *Node) (Kernel, error) { return newMap(n, &reciprocals) }
