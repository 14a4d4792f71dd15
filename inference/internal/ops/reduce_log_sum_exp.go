package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opReduceLogSumExp)

var opReduceLogSumExp = Op{
	Name:     "ReduceLogSumExp",
	Doc:      "the logarithm of the sum of exponentials along axes",
	Versions: floatsOnly(reduceVersions(18, newLogSumExp)),
}

// floatsOnly narrows the types of versions to floats.
func floatsOnly(versions []Version) []Version {
	for i := range versions {
		versions[i].Types = []Constraint{{"T", dtype.Floats}}
	}
	return versions
}

func newLogSumExp(n *Node) (Kernel, error) {
	if n.In[0].DType == dtype.Float32 {
		return logSumExpOf(n, &kernels.Greatest.F32)
	}
	return logSumExpOf(n, &kernels.Greatest.F64)
}

func logSumExpOf[T kernels.Float](n *Node, greatest *kernels.Reducer[T]) (Kernel, error) {
	walk, _, err := reduceWalk(n)
	return &logSumExp[T]{walk, greatest, n.Out[0].Len() * n.Out[0].DType.Size()}, err
}

// logSumExp is the kernel of ReduceLogSumExp: the logarithm of the sum of exponentials, computed relative to the
// greatest element so that none of them overflows.
type logSumExp[T kernels.Float] struct {
	walk     *kernels.Walk
	greatest *kernels.Reducer[T]
	size     int // of the output, in bytes
}

func (k *logSumExp[T]) Scratch() int { return k.size }

func (k *logSumExp[T]) Run(c *Ctx) error {
	kernels.LogSumExp(k.walk, tensor.View[T](c.Out[0]), tensor.Cast[T](c.Scratch[:k.size]), tensor.View[T](c.In[0]), k.greatest, c)
	return nil
}
