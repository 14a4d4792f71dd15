package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opShrink)

var opShrink = Op{
	Name: "Shrink",
	Doc:  "x moved towards 0 by bias, and 0 where |x| is at most lambd",
	Versions: []Version{
		{
			Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers}},
			Attrs: []Attr{{"bias", Float, 0.0}, {"lambd", Float, 0.5}}, Infer: sameShape, New: newShrink, InPlace: 1,
		},
	},
}

func newShrink(n *Node) (Kernel, error) {
	lambda, bias := float64(n.Float("lambd")), float64(n.Float("bias"))
	return choose(n, shrinks[float32](lambda, bias), shrinks[float64](lambda, bias), shrinks[int64](lambda, bias), shrinks[uint64](lambda, bias))
}

func shrinks[T kernels.Number](lambda, bias float64) candidate {
	return mapped(func(dst, src []T) { kernels.Shrink(dst, src, lambda, bias) })
}
