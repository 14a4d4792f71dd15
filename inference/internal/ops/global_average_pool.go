package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opGlobalAveragePool)

// opGlobalAveragePool computes the mean of each plane.
var opGlobalAveragePool = Op{
	Name: "GlobalAveragePool",
	Versions: []Version{{
		Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: inferGlobalPool,
		New: newGlobalAveragePool, Again: 1 << 22,
	}},
}

func newGlobalAveragePool(n *Node) (Kernel, error) {
	return choose(n, typed[float32](newGlobalMean[float32]), typed[float64](newGlobalMean[float64]))
}

func newGlobalMean[T kernels.Float](n *Node) (Kernel, error) {
	return newGlobalPool(n, kernels.PlaneMean[T])
}
