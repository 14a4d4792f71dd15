package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceLogSum)

var opReduceLogSum = Op{Name: "ReduceLogSum", Doc: "the logarithm of the sum along axes", Versions: reduceVersions(18, newReduceLogSum)}

func newReduceLogSum(n *Node) (Kernel, error) { return newReduction(n, &kernels.LogSum) }
