package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opSigmoid)

// opSigmoid computes 1 / (1 + e^-x).
var opSigmoid = Op{
	Name: "Sigmoid",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newSigmoid, InPlace: 1, Again: 1<<6 | 1<<13},
	},
}

var sigmoids = maps{vec: vec.Activation{Func: vec.OfSigmoid}, f32: kernels.Sigmoid32, f64: kernels.Sigmoid64}

func newSigmoid(n *Node) (Kernel, error) { return newMap(n, &sigmoids) }
