package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opSin)

// opSin computes sine.
var opSin = Op{
	Name: "Sin",
	Versions: []Version{
		{Since: 7, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newSin, InPlace: 1, Again: 1 << 22},
	},
}

func newSin(n *Node) (Kernel, error) { return newMap(n, computed(math.Sin).as(vec.OfSin)) }
