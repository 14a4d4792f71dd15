package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opLeakyRelu)

// opLeakyRelu computes x, or alpha * x where that is negative.
var opLeakyRelu = Op{
	Name: "LeakyRelu",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Attrs: []Attr{{"alpha", Float, 0.01}}, Infer: sameShape, New: newLeakyRelu, InPlace: 1, Again: 1<<6 | 1<<16},
	},
}

func newLeakyRelu(n *Node) (Kernel, error) { return newMap(n, leaks(float64(n.Float("alpha")))) }

// leaks holds the loops for a given alpha.
//
// It is not inlined, so that there is one copy of the function that it returns.
//
//go:noinline
func leaks(alpha float64) *maps {
	return &maps{
		vec: vec.Activation{Func: vec.OfLeakyRelu, A: float32(alpha)},
		f32: func(dst, src []float32) { kernels.LeakyRelu(dst, src, float32(alpha)) },
		f64: func(dst, src []float64) { kernels.LeakyRelu(dst, src, alpha) },
	}
}
