package ops

import (
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{Name: "ReduceMean", Doc: "the mean along axes", Versions: reduceVersions(18, newReduceMean)})

func newReduceMean(n *Node) (Kernel, error) {
	return choose(n,
		reduces[float32](kernels.Mean), reduces[float64](kernels.Mean), reduces[int32](kernels.Mean),
		reduces[int64](kernels.Mean), reduces[uint32](kernels.Mean), reduces[uint64](kernels.Mean))
}
