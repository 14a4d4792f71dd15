package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opMod)

// opMod computes the remainder of a / b, with the sign of b, or of a when fmod is set.
var opMod = Op{
	Name: "Mod",
	Versions: []Version{
		{Since: 10, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}}, Attrs: []Attr{{"fmod", Int, 0}}, Infer: broadcastShape, New: newMod, InPlace: 2, Again: 1 << 13},
	},
}

// modulo gives the sign of b, remainder that of a.
var (
	modulo    = arithmetic{i64: kernels.ModInt[int64], u64: kernels.RemInt[uint64]}
	remainder = arithmetic{f32: kernels.ModFloat[float32], f64: kernels.ModFloat[float64], i64: kernels.RemInt[int64], u64: kernels.RemInt[uint64]}
)

func newMod(n *Node) (Kernel, error) {
	if n.Flag("fmod") {
		return newPairs(n, &remainder)
	}
	if dtype.Floating.Has(n.In[0].DType) {
		return nil, fault.Format("floats need fmod")
	}
	return newPairs(n, &modulo)
}
