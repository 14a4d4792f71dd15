package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opGelu)

// opGelu computes x times the chance that a standard normal variable is at most x.
var opGelu = Op{
	Name: "Gelu",
	Versions: []Version{
		{
			Since: 20, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"approximate", String, "none"}}, Infer: sameShape, New: newGelu, InPlace: 1,
		},
	},
}

func newGelu(n *Node) (Kernel, error) {
	switch a := n.String("approximate"); a {
	case "none":
		return newMap(n, computed(kernels.Gelu).as(vec.OfGelu))
	case "tanh":
		return newMap(n, &maps{vec: vec.Activation{Func: vec.OfGeluTanh}, f32: kernels.GeluTanh32, f64: kernels.GeluTanh64})
	default:
		return nil, fault.Format("approximate %q is neither none nor tanh", a)
	}
}
