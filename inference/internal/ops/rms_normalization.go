package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opRMSNormalization)

// opRMSNormalization computes x / sqrt(mean of squares + epsilon) * scale, with the mean over all axes from one on.
var opRMSNormalization = Op{
	Name: "RMSNormalization",
	Versions: []Version{
		{
			Since: 23, In: Args{"T", "V"}, Out: Args{"V"}, Types: []Constraint{{"T", dtype.Floating}, {"V", dtype.Floating}},
			Attrs: []Attr{{"axis", Int, -1}, {"epsilon", Float, 1e-5}, {"stash_type", Int, 1}},
			Infer: inferRMSNorm, New: newRMSNorm, InPlace: 1,
		},
	},
}

func inferRMSNorm(n *Node) error {
	x := n.In[normX].Shape
	n.SetOut(0, x)
	if !x.Ranked() {
		return nil
	}
	if _, err := n.axis("axis", x.Rank()); err != nil {
		return err
	}
	scale := n.In[normScale].Shape
	both, err := shape.Broadcast(x, scale)
	if err != nil {
		return err
	}
	if _, ok := x.Merge(both); !ok {
		return fault.Shape("a scale of %v does not broadcast to %v", scale.Ints(), x.Ints())
	}
	return nil
}

func newRMSNorm(n *Node) (Kernel, error) {
	dims := n.In[normX].Dims()
	axis, err := n.axis("axis", len(dims))
	if err != nil {
		return nil, err
	}
	norms := n.In[normX].Dims()
	for i := axis; i < len(norms); i++ {
		norms[i] = 1
	}
	k := newStandardization(dims, norms, n.In[normScale].Dims(), nil)
	k.scale, k.by = normScale, byDeviation(n.Float("epsilon"))
	return k.finished(n)
}
