package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceSum)

var opReduceSum = Op{Name: "ReduceSum", Doc: "the sum along axes", Versions: reduceVersions(13, newReduceSum)}

func newReduceSum(n *Node) (Kernel, error) { return newReduction(n, &kernels.Sum) }
