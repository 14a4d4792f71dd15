package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opCos)

// opCos computes cosine.
var opCos = Op{
	Name: "Cos",
	Versions: []Version{
		{Since: 7, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newCos, InPlace: 1, Again: 1 << 22},
	},
}

func newCos(n *Node) (Kernel, error) { return newMap(n, computed(math.Cos).as(vec.OfCos)) }
