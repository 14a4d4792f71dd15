package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opElu)

// opElu computes x, or alpha * (e^x - 1) where x is negative.
var opElu = Op{
	Name: "Elu",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Attrs: []Attr{{"alpha", Float, 1.0}}, Infer: sameShape, New: newElu, InPlace: 1, Again: 1<<6 | 1<<22},
	},
}

func newElu(n *Node) (Kernel, error) {
	alpha := n.Float("alpha")
	return newMap(n, &maps{
		vec: vec.Activation{Func: vec.OfElu, A: alpha, B: 1},
		f32: func(dst, src []float32) { kernels.Elu(dst, src, alpha, 1) },
		f64: func(dst, src []float64) { kernels.Elu(dst, src, float64(alpha), 1) },
	})
}
