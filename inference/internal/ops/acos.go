package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
)

var _ = register(&opAcos)

// opAcos computes arccosine.
var opAcos = Op{
	Name: "Acos",
	Versions: []Version{
		{Since: 7, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newAcos, InPlace: 1, Again: 1 << 22},
	},
}

func newAcos(n *Node) (Kernel, error) { return newMath(n, math.Acos) }
