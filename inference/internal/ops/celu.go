package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opCelu)

// opCelu computes x, or alpha * (e^(x/alpha) - 1) where x is negative.
var opCelu = Op{
	Name: "Celu",
	Versions: []Version{
		{Since: 12, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", 1 << dtype.Float32}}, Attrs: []Attr{{"alpha", Float, 1.0}}, Infer: sameShape, New: newCelu, InPlace: 1},
		{Since: 28, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Attrs: []Attr{{"alpha", Float, 1.0}}, Infer: sameShape, New: newCelu, InPlace: 1},
	},
}

func newCelu(n *Node) (Kernel, error) {
	alpha := n.Float("alpha")
	return newMap(n, &maps{
		f32: func(dst, src []float32) { kernels.Celu(dst, src, alpha) },
		f64: func(dst, src []float64) { kernels.Celu(dst, src, float64(alpha)) },
	})
}
