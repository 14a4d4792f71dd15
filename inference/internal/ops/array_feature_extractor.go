package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opArrayFeatureExtractor)

// opArrayFeatureExtractor computes the elements of x that indices name, along its last dimension.
var opArrayFeatureExtractor = Op{
	Name:   "ArrayFeatureExtractor",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "int64"}, Out: Args{"T"}, Types: []Constraint{{"T", features | dtype.Strings}},
			Infer: inferArrayFeatureExtractor, New: newArrayFeatureExtractor,
		},
	},
}

func inferArrayFeatureExtractor(n *Node) error {
	if !n.ranked() {
		return nil
	}
	x, indices := n.In[0].Shape, n.In[1].Shape
	count := indices.Elems(0, indices.Rank())
	if x.Rank() <= 1 {
		n.SetOut(0, shape.Of(1, count))
		return nil
	}
	n.SetOut(0, x.With(x.Rank()-1, count))
	return nil
}

func newArrayFeatureExtractor(n *Node) (Kernel, error) {
	x := n.In[0].Dims()
	k := &gather{outer: 1, length: 1, chunk: 1, put: putAs(n.In[0].DType)}
	if last := len(x) - 1; last >= 0 {
		k.outer, k.length = tensor.Elems(x[:last]), x[last]
	}
	return k, nil
}
