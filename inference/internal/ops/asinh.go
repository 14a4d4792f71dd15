package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
)

var _ = register(&opAsinh)

// opAsinh computes inverse hyperbolic sine.
var opAsinh = Op{
	Name: "Asinh",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newAsinh, InPlace: 1, Again: 1 << 22},
	},
}

func newAsinh(n *Node) (Kernel, error) { return newMath(n, math.Asinh) }
