package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceMean)

// opReduceMean computes the mean along axes.
var opReduceMean = Op{Name: "ReduceMean", Versions: reduceVersions(18, newReduceMean)}

func newReduceMean(n *Node) (Kernel, error) { return newReduction(n, &kernels.Mean) }
