package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opEqual)

// opEqual computes a == b.
var opEqual = Op{
	Name: "Equal",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", equal1}, {"T1", dtype.Bools}}, Common: &legacyBroadcast, Infer: legacyCompare, New: newEqual},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", equal1}, {"T1", dtype.Bools}}, Infer: compareShape, New: newEqual},
		{Since: 11, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves | dtype.Bools}, {"T1", dtype.Bools}}, Infer: compareShape, New: newEqual, Again: 1 << 13},
		{Since: 19, In: Args{"T", "T"}, Out: Args{"T1"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves | dtype.Bools | dtype.Strings}, {"T1", dtype.Bools}}, Infer: compareShape, New: newEqual},
	},
}

// equal1 are the types that could be compared at first.
const equal1 = dtype.Bools | 1<<dtype.Int32 | 1<<dtype.Int64

var equal = comparison{f32: kernels.Equal[float32], f64: kernels.Equal[float64], i64: kernels.Equal[int64]}

func newEqual(n *Node) (Kernel, error) {
	if n.In[0].DType == dtype.String {
		return &binary{pairs{run: equalStrings}, pairWalk(n)}, nil
	}
	return newPairs(n, &equal)
}

func equalStrings(w *kernels.Walk, dst, a, b *tensor.Tensor, _ []byte, watch kernels.Watcher) {
	kernels.Binary[string, bool](kernels.Equal[string]).Apply(w, tensor.View[bool](dst), a.Strings, b.Strings, watch)
}
