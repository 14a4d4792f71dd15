package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceL1)

// opReduceL1 computes the sum of magnitudes along axes.
var opReduceL1 = Op{Name: "ReduceL1", Versions: reduceVersions(18, newReduceL1)}

func newReduceL1(n *Node) (Kernel, error) { return newReduction(n, &kernels.Magnitude) }
