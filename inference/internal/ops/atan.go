package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
)

var _ = register(&opAtan)

// opAtan computes arctangent.
var opAtan = Op{
	Name: "Atan",
	Versions: []Version{
		{Since: 7, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newAtan, InPlace: 1, Again: 1 << 22},
	},
}

func newAtan(n *Node) (Kernel, error) { return newMath(n, math.Atan) }
