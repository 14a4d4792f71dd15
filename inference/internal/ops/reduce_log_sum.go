package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceLogSum)

var opReduceLogSum = Op{Name: "ReduceLogSum", Doc: "the logarithm of the sum along axes", Versions: reduceVersions(18, newReduceLogSum)}

var logSums = reducers{f32: kernels.LogSum[float32], f64: kernels.LogSum[float64], i64: kernels.LogSum[int64], u64: kernels.LogSum[uint64]}

func newReduceLogSum(n *Node) (Kernel, error) { return newReduction(n, &logSums) }
