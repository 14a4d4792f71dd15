package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceMin)

var opReduceMin = Op{Name: "ReduceMin", Doc: "the least element along axes", Versions: extremeVersions(newReduceMin)}

var leastOf = reducers{f32: kernels.Least[float32], f64: kernels.Least[float64], i64: kernels.Least[int64], u64: kernels.Least[uint64]}

func newReduceMin(n *Node) (Kernel, error) { return newReduction(n, &leastOf) }
