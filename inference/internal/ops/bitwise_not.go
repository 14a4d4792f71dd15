package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opBitwiseNot)

// opBitwiseNot computes every bit of x turned around.
var opBitwiseNot = Op{
	Name: "BitwiseNot",
	Versions: []Version{
		{Since: 18, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Ints}}, Infer: sameShape, New: newBitwiseNot, InPlace: 1},
	},
}

var complements = maps{i64: kernels.BitwiseNot[int64]}

func newBitwiseNot(n *Node) (Kernel, error) { return newMap(n, &complements) }
