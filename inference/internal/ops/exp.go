package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opExp)

// opExp computes e to the power x.
var opExp = Op{
	Name: "Exp",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newExp, InPlace: 1, Again: 1<<6 | 1<<13},
	},
}

var exponentials = maps{vec: vec.Activation{Func: vec.OfExp}, f32: kernels.Exp32, f64: kernels.Exp64}

func newExp(n *Node) (Kernel, error) { return newMap(n, &exponentials) }
