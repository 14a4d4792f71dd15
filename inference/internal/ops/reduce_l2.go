package ops

import (
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{Name: "ReduceL2", Doc: "the root of the sum of squares along axes", Versions: reduceVersions(18, newReduceL2)})

func newReduceL2(n *Node) (Kernel, error) {
	return choose(n,
		reduces[float32](kernels.Norm), reduces[float64](kernels.Norm), reduces[int32](kernels.Norm),
		reduces[int64](kernels.Norm), reduces[uint32](kernels.Norm), reduces[uint64](kernels.Norm))
}
