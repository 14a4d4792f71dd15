package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opErf)

// opErf computes the error function.
var opErf = Op{
	Name: "Erf",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}}, Infer: sameShape, New: newErf, InPlace: 1},
		{Since: 13, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newErf, InPlace: 1},
	},
}

// newErf makes the kernel. Of integers, which the first version took, only 0 and what is close to 1 or -1 are left.
func newErf(n *Node) (Kernel, error) {
	m := computed(math.Erf).as(vec.OfErf)
	m.i64 = func(dst, src []int64) { kernels.Each(dst, src, math.Erf) }
	m.u64 = func(dst, src []uint64) { kernels.Each(dst, src, math.Erf) }
	return newMap(n, m)
}
