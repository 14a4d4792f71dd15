package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opHardSigmoid)

// opHardSigmoid computes alpha * x + beta, kept between 0 and 1.
var opHardSigmoid = Op{
	Name: "HardSigmoid",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Attrs: []Attr{{"alpha", Float, 0.2}, {"beta", Float, 0.5}}, Infer: sameShape, New: newHardSigmoid, InPlace: 1, Again: 1<<6 | 1<<22},
	},
}

func newHardSigmoid(n *Node) (Kernel, error) {
	alpha := n.Float("alpha")
	beta := n.Float("beta")
	return newMap(n, &maps{
		vec: vec.Activation{Func: vec.OfHardSigmoid, A: alpha, B: beta},
		f32: func(dst, src []float32) { kernels.HardSigmoid(dst, src, alpha, beta) },
		f64: func(dst, src []float64) { kernels.HardSigmoid(dst, src, float64(alpha), float64(beta)) },
	})
}
