package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
)

var _ = register(&opAsin)

// opAsin computes arcsine.
var opAsin = Op{
	Name: "Asin",
	Versions: []Version{
		{Since: 7, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newAsin, InPlace: 1, Again: 1 << 22},
	},
}

func newAsin(n *Node) (Kernel, error) { return newMath(n, math.Asin) }
