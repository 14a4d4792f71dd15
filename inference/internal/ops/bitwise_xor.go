package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opBitwiseXor)

// opBitwiseXor computes either a or b, bit by bit.
var opBitwiseXor = Op{
	Name: "BitwiseXor",
	Versions: []Version{
		{Since: 18, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Ints}}, Infer: broadcastShape, New: newBitwiseXor, InPlace: 2},
	},
}

var bitwiseXor = arithmetic{i64: kernels.BitwiseXor[int64]}

func newBitwiseXor(n *Node) (Kernel, error) { return newPairs(n, &bitwiseXor) }
