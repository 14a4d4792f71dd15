package ops

import (
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{Name: "ReduceLogSum", Doc: "the logarithm of the sum along axes", Versions: reduceVersions(18, newReduceLogSum)})

func newReduceLogSum(n *Node) (Kernel, error) {
	return choose(n,
		reduces[float32](kernels.LogSum), reduces[float64](kernels.LogSum), reduces[int32](kernels.LogSum),
		reduces[int64](kernels.LogSum), reduces[uint32](kernels.LogSum), reduces[uint64](kernels.LogSum))
}
