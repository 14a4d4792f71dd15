package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{Name: "ReduceMin", Doc: "the least element along axes", Versions: extremeVersions(newReduceMin)})

func newReduceMin(n *Node) (Kernel, error) {
	if n.In[0].DType == dtype.Bool {
		return reduceBools(n, kernels.Least[uint8]())
	}
	return choose(n,
		reduces[float32](kernels.Least), reduces[float64](kernels.Least), reduces[int32](kernels.Least),
		reduces[int64](kernels.Least), reduces[uint32](kernels.Least), reduces[uint64](kernels.Least),
		reduces[int8](kernels.Least), reduces[uint8](kernels.Least))
}
