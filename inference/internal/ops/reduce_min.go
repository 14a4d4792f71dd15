package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceMin)

// opReduceMin computes the least element along axes.
var opReduceMin = Op{Name: "ReduceMin", Versions: extremeVersions(newReduceMin)}

func newReduceMin(n *Node) (Kernel, error) { return newReduction(n, &kernels.Least) }
