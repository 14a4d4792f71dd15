package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
)

var _ = register(&opAtanh)

// opAtanh computes inverse hyperbolic tangent.
var opAtanh = Op{
	Name: "Atanh",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newAtanh, InPlace: 1, Again: 1 << 22},
	},
}

func newAtanh(n *Node) (Kernel, error) { return newMath(n, math.Atanh) }
