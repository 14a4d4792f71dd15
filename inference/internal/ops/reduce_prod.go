package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceProd)

var opReduceProd = Op{Name: "ReduceProd", Doc: "the product along axes", Versions: reduceVersions(18, newReduceProd)}

func newReduceProd(n *Node) (Kernel, error) { return newReduction(n, &kernels.Product) }
