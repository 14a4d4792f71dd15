package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceSumSquare)

// opReduceSumSquare computes the sum of squares along axes.
var opReduceSumSquare = Op{Name: "ReduceSumSquare", Versions: reduceVersions(18, newReduceSumSquare)}

func newReduceSumSquare(n *Node) (Kernel, error) { return newReduction(n, &kernels.Squares) }
