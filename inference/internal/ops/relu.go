package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opRelu)

// opRelu computes max(0, x).
var opRelu = Op{
	Name: "Relu",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newRelu, InPlace: 1, Again: 1<<6 | 1<<13},
		{Since: 14, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating | dtype.Signed}}, Infer: sameShape, New: newRelu, InPlace: 1},
	},
}

var relus = maps{vec: vec.Activation{Func: vec.OfRelu}, f32: kernels.Relu[float32], f64: kernels.Relu[float64], i64: kernels.Relu[int64]}

func newRelu(n *Node) (Kernel, error) { return newMap(n, &relus) }
