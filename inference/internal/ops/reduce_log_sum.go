package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceLogSum)

// opReduceLogSum computes the logarithm of the sum along axes.
var opReduceLogSum = Op{Name: "ReduceLogSum", Versions: reduceVersions(18, newReduceLogSum)}

func newReduceLogSum(n *Node) (Kernel, error) { return newReduction(n, &kernels.LogSum) }
