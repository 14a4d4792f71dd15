package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceL2)

// opReduceL2 computes the root of the sum of squares along axes.
var opReduceL2 = Op{Name: "ReduceL2", Versions: reduceVersions(18, newReduceL2)}

func newReduceL2(n *Node) (Kernel, error) { return newReduction(n, &kernels.Norm) }
