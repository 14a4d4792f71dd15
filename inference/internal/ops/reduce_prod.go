package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceProd)

// opReduceProd computes the product along axes.
var opReduceProd = Op{Name: "ReduceProd", Versions: reduceVersions(18, newReduceProd)}

func newReduceProd(n *Node) (Kernel, error) { return newReduction(n, &kernels.Product) }
