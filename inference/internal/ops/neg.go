package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opNeg)

// opNeg computes -x.
var opNeg = Op{
	Name: "Neg",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newNeg, InPlace: 1},
		{Since: 6, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating | dtype.Signed}}, Infer: sameShape, New: newNeg, InPlace: 1, Again: 1 << 13},
	},
}

var negations = maps{vec: vec.Activation{Func: vec.OfNeg}, f32: kernels.Neg[float32], f64: kernels.Neg[float64], i64: kernels.Neg[int64]}

func newNeg(n *Node) (Kernel, error) { return newMap(n, &negations) }
