package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceL1)

var opReduceL1 = Op{Name: "ReduceL1", Doc: "the sum of magnitudes along axes", Versions: reduceVersions(18, newReduceL1)}

var magnitudeSums = reducers{f32: kernels.Magnitude[float32], f64: kernels.Magnitude[float64], i64: kernels.Magnitude[int64], u64: kernels.Sum[uint64]}

func newReduceL1(n *Node) (Kernel, error) { return newReduction(n, &magnitudeSums) }
