package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opExpand)

// opExpand computes x broadcast together with a shape.
var opExpand = Op{
	Name: "Expand",
	Versions: []Version{
		{Since: 8, In: Args{"T", "int64"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Infer: inferExpand, New: newExpand, Again: 1 << 13},
	},
}

func inferExpand(n *Node) error {
	want, known := n.In[1].Ints()
	if !known {
		return nil
	}
	to, err := shapeOf(want)
	if err != nil {
		return err
	}
	out, err := shape.Broadcast(n.In[0].Shape, to)
	n.SetOut(0, out)
	return err
}

// shapeOf makes a shape of numbers that a model computed.
func shapeOf(dims []int64) (shape.Shape, error) {
	if len(dims) > maxRank {
		return shape.Shape{}, fault.Shape("%d dimensions are more than %d", len(dims), maxRank)
	}
	out := make([]shape.Dim, len(dims))
	for i, d := range dims {
		if d < 0 || d > maxDim {
			return shape.Shape{}, fault.Shape("%v is no shape", dims)
		}
		out[i] = shape.Dim(d)
	}
	return shape.Of(out...), nil
}

func newExpand(n *Node) (Kernel, error) {
	in, out := n.In[0].Dims(), n.Out[0].Dims()
	walk := kernels.NewWalk(out, kernels.Contiguous(out), kernels.Broadcast(in, out))
	return newMover(n.In[0].DType, move{walk: walk}), nil
}
