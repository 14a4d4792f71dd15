package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opCumProd)

// opCumProd computes the product of the elements up to each along an axis.
var opCumProd = Op{
	Name: "CumProd",
	Versions: []Version{
		{
			Since: 26, In: Args{"T", "T2"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}, {"T2", indexes}},
			Common: &cumulativeAttrs, Infer: inferCumulative, New: newCumProd,
		},
	},
}

func newCumProd(n *Node) (Kernel, error) {
	if dtype.Floating.Has(n.In[0].DType) {
		return inDoubles(n, accumulates(1, kernels.Mul[float64]).new)
	}
	return choose(n,
		accumulates(1, kernels.Mul[int64]), accumulates(1, kernels.Mul[int64]).unsigned())
}
