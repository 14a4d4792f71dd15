package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceSum)

// opReduceSum computes the sum along axes.
var opReduceSum = Op{Name: "ReduceSum", Versions: reduceVersions(13, newReduceSum)}

func newReduceSum(n *Node) (Kernel, error) { return newReduction(n, &kernels.Sum) }
