package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opThresholdedRelu)

// opThresholdedRelu computes x where it is greater than alpha, 0 elsewhere.
var opThresholdedRelu = Op{
	Name: "ThresholdedRelu",
	Versions: []Version{
		{Since: 10, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Attrs: []Attr{{"alpha", Float, 1.0}}, Infer: sameShape, New: newThresholdedRelu, InPlace: 1, Again: 1 << 22},
	},
}

func newThresholdedRelu(n *Node) (Kernel, error) {
	alpha := n.Float("alpha")
	return newMap(n, &maps{
		f32: func(dst, src []float32) { kernels.ThresholdedRelu(dst, src, alpha) },
		f64: func(dst, src []float64) { kernels.ThresholdedRelu(dst, src, float64(alpha)) },
	})
}
