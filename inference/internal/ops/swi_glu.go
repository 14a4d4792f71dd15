package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opSwiGLU)

// opSwiGLU computes a / (1 + e^(-alpha*a)) * b.
var opSwiGLU = Op{
	Name: "SwiGLU",
	Versions: []Version{
		{
			Since: 28, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"alpha", Float, 1.0}}, Infer: inferSwiGLU, New: newSwiGLU, InPlace: 2,
		},
	},
}

func inferSwiGLU(n *Node) error {
	both, ok := n.In[0].Shape.Merge(n.In[1].Shape)
	if !ok {
		return shapeMismatch(n)
	}
	n.SetOut(0, both)
	return nil
}

func newSwiGLU(n *Node) (Kernel, error) {
	alpha := n.Float("alpha")
	return newPairs(n, &arithmetic{
		f32: func(dst, a, b []float32) { swiGLU(dst, a, b, alpha) },
		f64: func(dst, a, b []float64) { swiGLU(dst, a, b, float64(alpha)) },
	})
}

// swiGLU computes the Swish of a times b. Dst may be either.
func swiGLU[T kernels.Float](dst, a, b []T, alpha T) {
	var gate [tile]T
	for len(dst) > 0 {
		n := min(tile, len(dst))
		kernels.Swish(gate[:n], a[:n], alpha)
		for i, v := range gate[:n] {
			dst[i] = v * b[i]
		}
		dst, a, b = dst[n:], a[n:], b[n:]
	}
}
