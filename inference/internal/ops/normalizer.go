package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opNormalizer)

// opNormalizer computes each row of x divided by its norm: its greatest element, the sum of magnitudes, or the
// length.
var opNormalizer = Op{
	Name:   "Normalizer",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"float32"}, Types: []Constraint{{"T", features}},
			Attrs: []Attr{{"norm", String, "MAX"}}, Infer: inferNormalizer, New: newNormalizer,
		},
	},
}

func inferNormalizer(n *Node) error {
	if s := n.In[0].Shape; s.Ranked() && (s.Rank() < 1 || s.Rank() > 2) {
		return fault.Shape("rows of %v", s.Ints())
	}
	return sameShape(n)
}

func newNormalizer(n *Node) (Kernel, error) {
	return choose(n, normalizes[float32](), normalizes[float64](), normalizes[int64]())
}

type normalizer[T kernels.Number] struct {
	length int
	norm   func(row []T) float64
}

func normalizes[T kernels.Number]() candidate {
	return typed[T](func(n *Node) (Kernel, error) {
		dims := n.In[0].Dims()
		k := &normalizer[T]{length: dims[len(dims)-1]}
		switch norm := n.String("norm"); norm {
		case "MAX":
			k.norm = kernels.NormMax[T]
		case "L1":
			k.norm = kernels.NormL1[T]
		case "L2":
			k.norm = kernels.NormL2[T]
		default:
			return nil, fault.Format("norm %q is not known", norm)
		}
		return k, nil
	})
}

func (k *normalizer[T]) Run(c *Ctx) error {
	dst, src := tensor.View[float32](c.Out[0]), tensor.View[T](c.In[0])
	for ; len(dst) > 0; dst, src = dst[k.length:], src[k.length:] {
		norm := k.norm(src[:k.length])
		if norm == 0 {
			norm = 1
		}
		for i, v := range src[:k.length] {
			dst[i] = float32(float64(v) / norm)
		}
	}
	return nil
}
