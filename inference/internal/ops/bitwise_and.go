package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opBitwiseAnd)

// opBitwiseAnd computes a and b, bit by bit.
var opBitwiseAnd = Op{
	Name: "BitwiseAnd",
	Versions: []Version{
		{Since: 18, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Ints}}, Infer: broadcastShape, New: newBitwiseAnd, InPlace: 2},
	},
}

var bitwiseAnd = arithmetic{i64: kernels.BitwiseAnd[int64]}

func newBitwiseAnd(n *Node) (Kernel, error) { return newPairs(n, &bitwiseAnd) }
