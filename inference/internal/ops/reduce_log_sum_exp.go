package ops

import (
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opReduceLogSumExp)

// opReduceLogSumExp computes the logarithm of the sum of exponentials along axes.
var opReduceLogSumExp = Op{
	Name:     "ReduceLogSumExp",
	Versions: reduceVersions(18, newLogSumExp),
}

func newLogSumExp(n *Node) (Kernel, error) {
	return choose(n,
		typed[float32](func(n *Node) (Kernel, error) { return logSumExpOf(n, &kernels.Greatest.F32) }),
		typed[float64](func(n *Node) (Kernel, error) { return logSumExpOf(n, &kernels.Greatest.F64) }),
		typed[int64](newIntLogSumExp), typed[uint64](newIntLogSumExp))
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

// intLogSumExp computes with integers as with floats, and cuts the results to integers.
type intLogSumExp struct {
	logSumExp[float64]
	in, out int // elements
	bytes   int // of scratch memory
}

func newIntLogSumExp(n *Node) (Kernel, error) {
	walk, _, err := reduceWalk(n)
	if err != nil {
		return nil, err
	}
	in, out := n.In[0].Len(), n.Out[0].Len()
	bytes, err := scratchFor(int64(in) + 2*int64(out))
	return &intLogSumExp{logSumExp[float64]{walk, &kernels.Greatest.F64, 8 * out}, in, out, bytes}, err
}

func (k *intLogSumExp) Scratch() int { return k.bytes }

func (k *intLogSumExp) Run(c *Ctx) error {
	room := tensor.Cast[float64](c.Scratch)
	src, dst, peak := room[:k.in], room[k.in:][:k.out], room[k.in+k.out:][:k.out]
	load(src, c.In[0].Data, c.In[0].DType)
	kernels.LogSumExp(k.walk, dst, peak, src, k.greatest, c)
	results := tensor.View[int64](c.Out[0])
	for i, v := range dst {
		results[i] = int64(v)
	}
	return nil
}
