package ops

import (
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{Name: "ReduceProd", Doc: "the product along axes", Versions: reduceVersions(18, newReduceProd)})

func newReduceProd(n *Node) (Kernel, error) {
	return choose(n,
		reduces[float32](kernels.Product), reduces[float64](kernels.Product), reduces[int32](kernels.Product),
		reduces[int64](kernels.Product), reduces[uint32](kernels.Product), reduces[uint64](kernels.Product))
}
