package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceSumSquare)

var opReduceSumSquare = Op{Name: "ReduceSumSquare", Doc: "the sum of squares along axes", Versions: reduceVersions(18, newReduceSumSquare)}

func newReduceSumSquare(n *Node) (Kernel, error) { return newReduction(n, &kernels.Squares) }
