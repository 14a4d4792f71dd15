package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceMean)

var opReduceMean = Op{Name: "ReduceMean", Doc: "the mean along axes", Versions: reduceVersions(18, newReduceMean)}

func newReduceMean(n *Node) (Kernel, error) { return newReduction(n, &kernels.Mean) }
