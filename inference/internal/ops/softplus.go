package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opSoftplus)

// opSoftplus computes ln(1 + e^x).
var opSoftplus = Op{
	Name: "Softplus",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newSoftplus, InPlace: 1, Again: 1 << 22},
	},
}

func newSoftplus(n *Node) (Kernel, error) {
	return newMap(n, computed(kernels.Softplus).as(vec.OfSoftplus))
}
