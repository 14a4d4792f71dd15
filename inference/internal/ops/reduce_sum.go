package ops

import (
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{Name: "ReduceSum", Doc: "the sum along axes", Versions: reduceVersions(13, newReduceSum)})

func newReduceSum(n *Node) (Kernel, error) {
	return choose(n,
		reduces[float32](kernels.Sum), reduces[float64](kernels.Sum), reduces[int32](kernels.Sum),
		reduces[int64](kernels.Sum), reduces[uint32](kernels.Sum), reduces[uint64](kernels.Sum))
}
