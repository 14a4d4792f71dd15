package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
)

var _ = register(&opAcosh)

// opAcosh computes inverse hyperbolic cosine.
var opAcosh = Op{
	Name: "Acosh",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newAcosh, InPlace: 1, Again: 1 << 22},
	},
}

func newAcosh(n *Node) (Kernel, error) { return newMath(n, math.Acosh) }
