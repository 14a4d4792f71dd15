package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opAbs)

// opAbs computes |x|.
var opAbs = Op{
	Name: "Abs",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newAbs, InPlace: 1},
		{Since: 6, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}}, Infer: sameShape, New: newAbs, InPlace: 1, Again: 1 << 13},
	},
}

var magnitudes = maps{vec: vec.Activation{Func: vec.OfAbs}, f32: kernels.Abs[float32], f64: kernels.Abs[float64], i64: kernels.Abs[int64], u64: kernels.Same[uint64]}

func newAbs(n *Node) (Kernel, error) { return newMap(n, &magnitudes) }
