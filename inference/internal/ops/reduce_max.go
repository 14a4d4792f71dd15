package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceMax)

var opReduceMax = Op{Name: "ReduceMax", Doc: "the greatest element along axes", Versions: extremeVersions(newReduceMax)}

func newReduceMax(n *Node) (Kernel, error) { return newReduction(n, &kernels.Greatest) }
