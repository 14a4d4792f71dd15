package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opGroupNormalization)

// opGroupNormalization computes (x - mean) / sqrt(variance + epsilon) * scale + bias, with the mean and variance of
// groups of channels of each image.
// opGroupNormalization has no version of opset 18: that one is deprecated, since nobody agreed on what it computed.
var opGroupNormalization = Op{
	Name: "GroupNormalization",
	Versions: []Version{
		{
			Since: 21, In: Args{"T", "T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"epsilon", Float, 1e-5}, {"num_groups", Int, Required}, {"stash_type", Int, 1}},
			Infer: inferGroupNorm, New: newGroupNorm, InPlace: 1,
		},
	},
}

func inferGroupNorm(n *Node) error {
	if err := inferInstanceNorm(n); err != nil {
		return err
	}
	groups := n.Int("num_groups")
	if groups < 1 || groups > maxDim {
		return fault.Format("%d groups", groups)
	}
	if x := n.In[normX].Shape; x.Ranked() && x.Dim(1).Known() && int64(x.Dim(1))%groups != 0 {
		return fault.Shape("%d channels do not make %d groups", x.Dim(1), groups)
	}
	return nil
}

func newGroupNorm(n *Node) (Kernel, error) {
	dims := n.In[normX].Dims()
	groups := int(n.Int("num_groups"))
	each := dims[1] / groups
	channels := []int{1, groups, each, 1}
	k := newStandardization([]int{dims[0], groups, each, tensor.Elems(dims[2:])}, []int{dims[0], groups, 1, 1}, channels, channels)
	k.center, k.scale, k.bias, k.by = true, normScale, normBias, byDeviation(n.Float("epsilon"))
	return k.finished(n)
}
