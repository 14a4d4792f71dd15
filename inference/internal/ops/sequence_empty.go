package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opSequenceEmpty)

// opSequenceEmpty computes a sequence of nothing.
var opSequenceEmpty = Op{
	Name: "SequenceEmpty",
	Versions: []Version{
		{Since: 11, In: Args{}, Out: Args{"S"}, Types: []Constraint{{"S", sequences}}, Attrs: []Attr{{"dtype", Int, nil}}, Infer: inferSequenceEmpty, New: newSequenceEmpty},
	},
}

func inferSequenceEmpty(n *Node) error {
	d := dtype.Float32
	if n.HasAttr("dtype") {
		v := n.Int("dtype")
		if d = dtype.DType(v); v != int64(d) || !d.Valid() {
			return fault.Format("there is no element type %d", v)
		}
	}
	n.Out[0].Type = sequenceOf(graph.TensorType(d, shape.Shape{}))
	return nil
}

func newSequenceEmpty(*Node) (Kernel, error) {
	return run(func(c *Ctx) error {
		c.Hold(0, &tensor.Sequence{})
		return nil
	}), nil
}
