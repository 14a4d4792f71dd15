package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opMish)

// opMish computes x * tanh(ln(1 + e^x)).
var opMish = Op{
	Name: "Mish",
	Versions: []Version{
		{Since: 18, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}}, Infer: sameShape, New: newMish, InPlace: 1},
		{Since: 22, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newMish, InPlace: 1},
	},
}

func newMish(n *Node) (Kernel, error) { return newMath(n, kernels.Mish) }
