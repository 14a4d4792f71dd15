package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opImputer)

// opImputer computes x with one value, or NaN, replaced by the value given for the feature.
var opImputer = Op{
	Name:   "Imputer",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", features}},
			Attrs: []Attr{
				{"imputed_value_floats", Floats, nil},
				{"imputed_value_int64s", Ints, nil},
				{"replaced_value_float", Float, 0.0},
				{"replaced_value_int64", Int, 0},
			},
			Infer: inferImputer, New: newImputer, InPlace: 1,
		},
	},
}

func inferImputer(n *Node) error {
	count := len(n.Floats("imputed_value_floats"))
	if !dtype.Floats.Has(n.In[0].DType) {
		ints := n.Ints("imputed_value_int64s")
		count = len(ints)
		if n.In[0].DType == dtype.Int32 && slices.ContainsFunc(ints, func(v int64) bool { return int64(int32(v)) != v }) {
			return fault.Format("imputed_value_int64s has elements that are no int32")
		}
	}
	if s := n.In[0].Shape; count == 0 || count > 1 && s.Ranked() && (s.Rank() == 0 || s.Dim(-1).Known() && int(s.Dim(-1)) != count) {
		return fault.Shape("%d values for features of %v", count, s.Ints())
	}
	return sameShape(n)
}

func newImputer(n *Node) (Kernel, error) {
	return choose(n, imputes[float32](), imputes[float64](), imputes[int64]())
}

type imputer[T kernels.Number] struct {
	values   []T
	replaced T
}

func imputes[T kernels.Number]() candidate {
	return typed[T](func(n *Node) (Kernel, error) {
		k := &imputer[T]{}
		if dtype.Floats.Has(n.In[0].DType) {
			k.replaced = T(n.Float("replaced_value_float"))
			for _, v := range n.Floats("imputed_value_floats") {
				k.values = append(k.values, T(v))
			}
			return k, nil
		}
		k.replaced = T(n.Int("replaced_value_int64"))
		for _, v := range n.Ints("imputed_value_int64s") {
			k.values = append(k.values, T(v))
		}
		return k, nil
	})
}

func (k *imputer[T]) Run(c *Ctx) error {
	kernels.Impute(tensor.View[T](c.Out[0]), tensor.View[T](c.In[0]), k.values, k.replaced)
	return nil
}
