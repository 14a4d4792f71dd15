package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var globalLpPool = Version{
	In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: inferGlobalPool, New: newGlobalLpPool,
}

var _ = register(&opGlobalLpPool)

var opGlobalLpPool = Op{
	Name: "GlobalLpPool",
	Doc:  "the p-norm of each plane",
	Versions: []Version{
		globalLpPool.with(1, []Attr{{"p", Float, 2.0}}),
		globalLpPool.with(2, []Attr{{"p", Int, 2}}, 22),
	},
}

func newGlobalLpPool(n *Node) (Kernel, error) {
	return choose(n, typed[float32](newGlobalNorm[float32]), typed[float64](newGlobalNorm[float64]))
}

func newGlobalNorm[T kernels.Float](n *Node) (Kernel, error) {
	p, err := norm(n)
	if err != nil {
		return nil, err
	}
	return newGlobalPool(n, func(x []T) T { return kernels.PlaneNorm(x, p) })
}
