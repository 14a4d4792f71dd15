package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opSwish)

// opSwish computes x / (1 + e^(-alpha*x)).
var opSwish = Op{
	Name: "Swish",
	Versions: []Version{
		{Since: 24, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Attrs: []Attr{{"alpha", Float, 1.0}}, Infer: sameShape, New: newSwish, InPlace: 1},
	},
}

func newSwish(n *Node) (Kernel, error) {
	alpha := n.Float("alpha")
	return newMap(n, &maps{
		vec: vec.Activation{Func: vec.OfSwish, A: alpha},
		f32: func(dst, src []float32) { kernels.Swish(dst, src, alpha) },
		f64: func(dst, src []float64) { kernels.Swish(dst, src, float64(alpha)) },
	})
}
