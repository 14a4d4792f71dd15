package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceSum)

var opReduceSum = Op{Name: "ReduceSum", Doc: "the sum along axes", Versions: reduceVersions(13, newReduceSum)}

var sums = reducers{f32: kernels.Sum[float32], f64: kernels.Sum[float64], i64: kernels.Sum[int64]}

func newReduceSum(n *Node) (Kernel, error) { return newReduction(n, &sums) }
