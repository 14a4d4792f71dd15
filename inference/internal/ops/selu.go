package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opSelu)

// opSelu computes gamma times x, or times alpha * (e^x - 1) where x is negative.
var opSelu = Op{
	Name: "Selu",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Attrs: []Attr{{"alpha", Float, 1.6732}, {"gamma", Float, 1.0507}}, Infer: sameShape, New: newSelu, InPlace: 1},
		{Since: 6, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Attrs: []Attr{{"alpha", Float, 1.67326}, {"gamma", Float, 1.0507}}, Infer: sameShape, New: newSelu, InPlace: 1, Again: 1 << 22},
	},
}

func newSelu(n *Node) (Kernel, error) {
	alpha := n.Float("alpha")
	gamma := n.Float("gamma")
	return newMap(n, &maps{
		vec: vec.Activation{Func: vec.OfElu, A: alpha, B: gamma},
		f32: func(dst, src []float32) { kernels.Elu(dst, src, alpha, gamma) },
		f64: func(dst, src []float64) { kernels.Elu(dst, src, float64(alpha), float64(gamma)) },
	})
}
