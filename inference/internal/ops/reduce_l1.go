package ops

import (
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{Name: "ReduceL1", Doc: "the sum of magnitudes along axes", Versions: reduceVersions(18, newReduceL1)})

func newReduceL1(n *Node) (Kernel, error) {
	return choose(n,
		reduces[float32](kernels.Magnitude), reduces[float64](kernels.Magnitude), reduces[int32](kernels.Magnitude),
		reduces[int64](kernels.Magnitude), reduces[uint32](kernels.Magnitude), reduces[uint64](kernels.Magnitude))
}
