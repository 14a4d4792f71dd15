package ops

import (
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{Name: "ReduceSumSquare", Doc: "the sum of squares along axes", Versions: reduceVersions(18, newReduceSumSquare)})

func newReduceSumSquare(n *Node) (Kernel, error) {
	return choose(n,
		reduces[float32](kernels.Squares), reduces[float64](kernels.Squares), reduces[int32](kernels.Squares),
		reduces[int64](kernels.Squares), reduces[uint32](kernels.Squares), reduces[uint64](kernels.Squares))
}
