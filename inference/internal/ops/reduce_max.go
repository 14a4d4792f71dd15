package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{Name: "ReduceMax", Doc: "the greatest element along axes", Versions: extremeVersions(newReduceMax)})

func newReduceMax(n *Node) (Kernel, error) {
	if n.In[0].DType == dtype.Bool {
		return reduceBools(n, kernels.Greatest[uint8]())
	}
	return choose(n,
		reduces[float32](kernels.Greatest), reduces[float64](kernels.Greatest), reduces[int32](kernels.Greatest),
		reduces[int64](kernels.Greatest), reduces[uint32](kernels.Greatest), reduces[uint64](kernels.Greatest),
		reduces[int8](kernels.Greatest), reduces[uint8](kernels.Greatest))
}
