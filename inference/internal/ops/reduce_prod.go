package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceProd)

var opReduceProd = Op{Name: "ReduceProd", Doc: "the product along axes", Versions: reduceVersions(18, newReduceProd)}

var products = reducers{f32: kernels.Product[float32], f64: kernels.Product[float64], i64: kernels.Product[int64]}

func newReduceProd(n *Node) (Kernel, error) { return newReduction(n, &products) }
