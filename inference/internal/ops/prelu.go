package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opPRelu)

// opPRelu computes x, or slope * x where x is negative; the slope broadcasts to x.
var opPRelu = Op{
	Name: "PRelu",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: inferPRelu, New: newPRelu, InPlace: 1, Again: 1 << 6},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: inferPRelu, New: newPRelu, InPlace: 1},
		{Since: 9, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Infer: inferPRelu, New: newPRelu, InPlace: 1, Again: 1 << 16},
	},
}

// slopeDims returns the dimensions by which the slope broadcasts to x. Before version 7 a slope of one dimension was one
// of channels.
func slopeDims(n *Node) []int {
	x, slope := n.In[0].Dims(), n.In[1].Dims()
	if n.Version.Since < 7 && len(slope) == 1 {
		for len(slope) < len(x)-1 {
			slope = append(slope, 1)
		}
	}
	return slope
}

func inferPRelu(n *Node) error {
	n.SetOut(0, n.In[0].Shape)
	if !n.In[0].Shape.Static() || !n.In[1].Shape.Static() {
		return nil
	}
	s, err := shape.Broadcast(n.In[0].Shape, shape.FromInts(slopeDims(n)))
	if err == nil && !s.Equal(n.In[0].Shape) {
		err = fault.Shape("a slope of %v for %v", n.In[1].Dims(), n.In[0].Dims())
	}
	return err
}

var sloping = arithmetic{f32: kernels.PRelu[float32], f64: kernels.PRelu[float64], i64: kernels.PRelu[int64], u64: kernels.PRelu[uint64]}

func newPRelu(n *Node) (Kernel, error) {
	out := n.Out[0].Dims()
	own := kernels.Contiguous(out)
	return &binary{sloping.of(n.In[0].DType), kernels.NewWalk(out, own, own, kernels.Broadcast(slopeDims(n), out))}, nil
}
