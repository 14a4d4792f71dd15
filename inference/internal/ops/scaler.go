package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opScaler)

// opScaler computes (x - offset) * scale, by feature: the last dimension of x.
var opScaler = Op{
	Name:   "Scaler",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"float32"}, Types: []Constraint{{"T", features}},
			Attrs: []Attr{{"offset", Floats, nil}, {"scale", Floats, nil}}, Infer: inferScaler, New: newScaler,
		},
	},
}

// features are the types that most operators of ai.onnx.ml take.
const features = dtype.Floats | indexes

func inferScaler(n *Node) error {
	n.SetOut(0, n.In[0].Shape)
	offset, scale := len(n.Floats("offset")), len(n.Floats("scale"))
	if offset != scale || offset == 0 {
		return fault.Format("%d offsets and %d scales", offset, scale)
	}
	if s := n.In[0].Shape; offset > 1 && s.Ranked() && (s.Rank() == 0 || s.Dim(-1).Known() && int(s.Dim(-1)) != offset) {
		return fault.Shape("%d offsets for features of %v", offset, s.Ints())
	}
	return nil
}

func newScaler(n *Node) (Kernel, error) {
	return choose(n, typed[float32](scalerOf[float32]), typed[float64](scalerOf[float64]), typed[int32](scalerOf[int32]), typed[int64](scalerOf[int64]))
}

type scaler[T kernels.Number] struct{ offset, scale []float32 }

func scalerOf[T kernels.Number](n *Node) (Kernel, error) {
	return &scaler[T]{n.Floats("offset"), n.Floats("scale")}, nil
}

func (k *scaler[T]) Run(c *Ctx) error {
	kernels.Scale(tensor.View[float32](c.Out[0]), tensor.View[T](c.In[0]), k.offset, k.scale)
	return nil
}
