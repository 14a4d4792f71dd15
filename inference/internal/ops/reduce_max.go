package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceMax)

var opReduceMax = Op{Name: "ReduceMax", Doc: "the greatest element along axes", Versions: extremeVersions(newReduceMax)}

var greatestOf = reducers{f32: kernels.Greatest[float32], f64: kernels.Greatest[float64], i64: kernels.Greatest[int64], u64: kernels.Greatest[uint64]}

func newReduceMax(n *Node) (Kernel, error) { return newReduction(n, &greatestOf) }
