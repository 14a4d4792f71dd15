package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opSign)

// opSign computes -1, 0 or 1.
var opSign = Op{
	Name: "Sign",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}}, Infer: sameShape, New: newSign, InPlace: 1, Again: 1 << 13},
	},
}

var signs = maps{f32: kernels.Sign[float32], f64: kernels.Sign[float64], i64: kernels.Sign[int64], u64: kernels.Sign[uint64]}

func newSign(n *Node) (Kernel, error) { return newMap(n, &signs) }
