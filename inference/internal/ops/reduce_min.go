package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceMin)

var opReduceMin = Op{Name: "ReduceMin", Doc: "the least element along axes", Versions: extremeVersions(newReduceMin)}

func newReduceMin(n *Node) (Kernel, error) { return newReduction(n, &kernels.Least) }
