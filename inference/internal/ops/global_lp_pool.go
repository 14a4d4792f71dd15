package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opGlobalLpPool)

// opGlobalLpPool computes the p-norm of each plane.
var opGlobalLpPool = Op{
	Name: "GlobalLpPool",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"p", Float, 2.0}},
			Infer: inferGlobalPool, New: newGlobalLpPool,
		},
		{
			Since: 2, Again: 1 << 22, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"p", Int, 2}},
			Infer: inferGlobalPool, New: newGlobalLpPool,
		},
	},
}

func newGlobalLpPool(n *Node) (Kernel, error) {
	return inDoubles(n, newGlobalNorm)
}

func newGlobalNorm(n *Node) (Kernel, error) {
	p, err := norm(n)
	if err != nil {
		return nil, err
	}
	return newGlobalPool(n, func(x []float64) float64 { return kernels.PlaneNorm(x, p) })
}
