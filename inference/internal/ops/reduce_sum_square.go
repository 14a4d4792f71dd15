package ops

import "github.com/brinkml/brink/inference/internal/kernels"

var _ = register(&opReduceSumSquare)

var opReduceSumSquare = Op{Name: "ReduceSumSquare", Doc: "the sum of squares along axes", Versions: reduceVersions(18, newReduceSumSquare)}

var squareSums = reducers{f32: kernels.Squares[float32], f64: kernels.Squares[float64], i64: kernels.Squares[int64]}

func newReduceSumSquare(n *Node) (Kernel, error) { return newReduction(n, &squareSums) }
