package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opClip)

var opClip = Op{
	Name: "Clip",
	Doc:  "x, but no less than min and no more than max",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Attrs: []Attr{{"max", Float, nil}, {"min", Float, nil}}, Infer: sameShape, New: newClip, InPlace: 1},
		{
			Since: 6, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}},
			Attrs: []Attr{{"max", Float, 3.402823e+38}, {"min", Float, -3.402823e+38}}, Infer: sameShape, New: newClip, InPlace: 1,
		},
		{Since: 11, In: Args{"T", "T?", "T?"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: sameShape, New: newClip, InPlace: 1},
		{Since: 12, In: Args{"T", "T?", "T?"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers}}, Infer: sameShape, New: newClip, InPlace: 1},
	},
}

func newClip(n *Node) (Kernel, error) {
	return choose(n, typed[float32](clipOf[float32]), typed[float64](clipOf[float64]), typed[int64](clipOf[int64]), typed[uint64](clipOf[uint64]))
}

// clip holds the bounds that attributes give; inputs, where there are any, go before them.
type clip[T kernels.Number] struct{ low, high T }

func clipOf[T kernels.Number](n *Node) (Kernel, error) {
	k := &clip[T]{kernels.Lowest[T](), kernels.Highest[T]()}
	if n.Version.Attr("min") != nil {
		if n.HasAttr("min") {
			k.low = T(n.Float("min"))
		}
		if n.HasAttr("max") {
			k.high = T(n.Float("max"))
		}
	}
	return k, nil
}

func (k *clip[T]) Run(c *Ctx) error {
	low, high := k.low, k.high
	if len(c.In) == 3 {
		low, high = scalarOr(c.In[1], low), scalarOr(c.In[2], high)
	}
	kernels.Clip(tensor.View[T](c.Out[0]), tensor.View[T](c.In[0]), low, high)
	return nil
}

// scalarOr returns the only element of an optional input, or d when it is left out or empty.
func scalarOr[T any](t *tensor.Tensor, d T) T {
	if t == nil || len(t.Data) == 0 {
		return d
	}
	return tensor.View[T](t)[0]
}
