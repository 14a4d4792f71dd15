package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opBitwiseOr)

// opBitwiseOr computes a or b, bit by bit.
var opBitwiseOr = Op{
	Name: "BitwiseOr",
	Versions: []Version{
		{Since: 18, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Ints}}, Infer: broadcastShape, New: newBitwiseOr, InPlace: 2},
	},
}

var bitwiseOr = arithmetic{i64: kernels.BitwiseOr[int64]}

func newBitwiseOr(n *Node) (Kernel, error) { return newPairs(n, &bitwiseOr) }
