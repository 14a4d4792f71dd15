package ops

import (
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opBinarizer)

// opBinarizer computes 1 where x is greater than the threshold, 0 elsewhere.
var opBinarizer = Op{
	Name:   "Binarizer",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", features}},
			Attrs: []Attr{{"threshold", Float, 0.0}}, Infer: sameShape, New: newBinarizer, InPlace: 1,
		},
	},
}

func newBinarizer(n *Node) (Kernel, error) {
	threshold := float64(n.Float("threshold"))
	return choose(n, binarizes[float32](threshold), binarizes[float64](threshold), binarizes[int64](threshold))
}

func binarizes[T kernels.Number](threshold float64) candidate {
	return mapped(func(dst, src []T) { kernels.Binarize(dst, src, threshold) })
}
