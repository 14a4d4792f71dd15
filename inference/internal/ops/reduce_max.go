package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceMax)

// opReduceMax computes the greatest element along axes.
var opReduceMax = Op{Name: "ReduceMax", Versions: extremeVersions(newReduceMax)}

func newReduceMax(n *Node) (Kernel, error) { return newReduction(n, &kernels.Greatest) }
