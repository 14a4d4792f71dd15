package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opGlobalMaxPool)

// opGlobalMaxPool computes the greatest element of each plane.
var opGlobalMaxPool = Op{
	Name: "GlobalMaxPool",
	Versions: []Version{{
		Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: inferGlobalPool,
		New: newGlobalMaxPool, Again: 1 << 22,
	}},
}

func newGlobalMaxPool(n *Node) (Kernel, error) {
	return choose(n, typed[float32](newGlobalMax[float32]), typed[float64](newGlobalMax[float64]))
}

func newGlobalMax[T kernels.Float](n *Node) (Kernel, error) {
	return newGlobalPool(n, kernels.PlaneMax[T])
}
