package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opTanh)

// opTanh computes hyperbolic tangent.
var opTanh = Op{
	Name: "Tanh",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newTanh, InPlace: 1, Again: 1<<6 | 1<<13},
	},
}

var hyperbolicTangents = maps{vec: vec.Activation{Func: vec.OfTanh}, f32: kernels.Tanh32, f64: kernels.Tanh64}

func newTanh(n *Node) (Kernel, error) { return newMap(n, &hyperbolicTangents) }
