package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opSize)

// opSize computes the number of elements of x.
var opSize = Op{
	Name: "Size",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T1"}, Types: []Constraint{{Var: "T"}, {"T1", 1 << dtype.Int64}}, Infer: inferSize, New: newShape, Again: 1<<13 | 1<<19 | 1<<21 | 1<<23 | 1<<24 | 1<<25},
	},
}

func inferSize(n *Node) error {
	n.Out[0].DType = dtype.Int64
	n.SetOut(0, shape.Of())
	if n.In[0].Shape.Static() {
		n.Out[0].Value = tensor.Of([]int64{int64(n.In[0].Len())})
		n.Out[0].Value.Shape = []int{}
	}
	return nil
}
