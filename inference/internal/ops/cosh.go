package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
)

var _ = register(&opCosh)

// opCosh computes hyperbolic cosine.
var opCosh = Op{
	Name: "Cosh",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newCosh, InPlace: 1, Again: 1 << 22},
	},
}

func newCosh(n *Node) (Kernel, error) { return newMath(n, math.Cosh) }
