package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
)

var _ = register(&opTan)

// opTan computes tangent.
var opTan = Op{
	Name: "Tan",
	Versions: []Version{
		{Since: 7, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newTan, InPlace: 1, Again: 1 << 22},
	},
}

func newTan(n *Node) (Kernel, error) { return newMath(n, math.Tan) }
