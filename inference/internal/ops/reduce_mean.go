package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceMean)

var opReduceMean = Op{Name: "ReduceMean", Doc: "the mean along axes", Versions: reduceVersions(18, newReduceMean)}

var means = reducers{f32: kernels.Mean[float32], f64: kernels.Mean[float64], i64: kernels.Mean[int64], u64: kernels.Mean[uint64]}

func newReduceMean(n *Node) (Kernel, error) { return newReduction(n, &means) }
