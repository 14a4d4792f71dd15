package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
)

var _ = register(&opSinh)

// opSinh computes hyperbolic sine.
var opSinh = Op{
	Name: "Sinh",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newSinh, InPlace: 1, Again: 1 << 22},
	},
}

func newSinh(n *Node) (Kernel, error) { return newMath(n, math.Sinh) }
