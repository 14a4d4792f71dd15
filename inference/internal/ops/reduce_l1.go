package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceL1)

var opReduceL1 = Op{Name: "ReduceL1", Doc: "the sum of magnitudes along axes", Versions: reduceVersions(18, newReduceL1)}

func newReduceL1(n *Node) (Kernel, error) { return newReduction(n, &kernels.Magnitude) }
