package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
)

var _ = register(&opErf)

var opErf = Op{
	Name: "Erf",
	Doc:  "the error function",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newErf, InPlace: 1},
	},
}

func newErf(n *Node) (Kernel, error) { return newMath(n, math.Erf) }
