package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opDropout)

var opDropout = Op{
	Name: "Dropout",
	Doc:  "x, and a mask of all true: nothing is dropped outside of training",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T", "T?"}, Types: []Constraint{{"T", dtype.Floats}}, Attrs: dropoutAttrs, Infer: inferDropout, New: newDropout, InPlace: 1},
		{Since: 7, In: Args{"T"}, Out: Args{"T", "T?"}, Types: []Constraint{{"T", dtype.Floats}}, Attrs: dropoutAttrs[1:], Infer: inferDropout, New: newDropout, InPlace: 1},
		{Since: 10, In: Args{"T"}, Out: Args{"T", "T1?"}, Types: []Constraint{{"T", dtype.Floats}, {"T1", dtype.Bools}}, Attrs: dropoutAttrs[1:], Infer: inferDropout, New: newDropout, InPlace: 1},
		{
			Since: 12, In: Args{"T", "T1?", "T2?"}, Out: Args{"T", "T2?"},
			Types: []Constraint{{"T", dtype.Floats}, {"T1", dtype.Floats}, {"T2", dtype.Bools}},
			Attrs: []Attr{{"seed", Int, nil}}, Infer: inferDropout, New: newDropout, InPlace: 1,
		},
	},
}

var dropoutAttrs = []Attr{{"is_test", Int, 0}, {"ratio", Float, 0.5}}

func inferDropout(n *Node) error {
	if n.Out[1].DType == dtype.Undefined {
		n.Out[1].DType = dtype.Bool
	}
	n.SetOut(1, n.In[0].Shape)
	return sameShape(n)
}

type dropout struct{}

func newDropout(*Node) (Kernel, error) { return dropout{}, nil }

func (dropout) Run(c *Ctx) error {
	if len(c.In) == 3 && c.In[2] != nil && slices.Contains(tensor.View[bool](c.In[2]), true) {
		if scalarRatio(c.In[1]) != 0 {
			return fault.Format("dropping values is for training")
		}
	}
	copy(c.Out[0].Data, c.In[0].Data)
	if mask := c.Out[1]; mask != nil {
		switch mask.DType {
		case dtype.Float32:
			kernels.Fill(tensor.View[float32](mask), 1)
		case dtype.Float64:
			kernels.Fill(tensor.View[float64](mask), 1)
		default:
			kernels.Fill(tensor.View[bool](mask), true)
		}
	}
	return nil
}

// scalarRatio returns the share of values to drop, 0.5 when it is left out.
func scalarRatio(t *tensor.Tensor) float64 {
	if t != nil && t.DType == dtype.Float64 {
		return scalarOr(t, 0.5)
	}
	return float64(scalarOr[float32](t, 0.5))
}
