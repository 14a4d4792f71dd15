package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opGlobalAveragePool)

var opGlobalAveragePool = Op{
	Name: "GlobalAveragePool",
	Doc:  "the mean of each plane",
	Versions: []Version{{
		Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: inferGlobalPool,
		New: func(n *Node) (Kernel, error) { return byFloat(n, newGlobalMean[float32], newGlobalMean[float64]) },
	}},
}

func newGlobalMean[T kernels.Float](n *Node) (Kernel, error) {
	return newGlobalPool(n, kernels.PlaneMean[T])
}
