package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opShrink)

// opShrink computes x moved towards 0 by bias, and 0 where |x| is at most lambd.
var opShrink = Op{
	Name: "Shrink",
	Versions: []Version{
		{
			Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}},
			Attrs: []Attr{{"bias", Float, 0.0}, {"lambd", Float, 0.5}}, Infer: sameShape, New: newShrink, InPlace: 1,
		},
	},
}

func newShrink(n *Node) (Kernel, error) {
	lambda, bias := float64(n.Float("lambd")), float64(n.Float("bias"))
	return newMap(n, &maps{
		f32: func(dst, src []float32) { kernels.Shrink(dst, src, lambda, bias) },
		f64: func(dst, src []float64) { kernels.Shrink(dst, src, lambda, bias) },
		i64: func(dst, src []int64) { kernels.Shrink(dst, src, lambda, bias) },
		u64: func(dst, src []uint64) { kernels.Shrink(dst, src, lambda, bias) },
	})
}
