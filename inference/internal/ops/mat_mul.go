package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opMatMul)

// opMatMul computes the product of two matrices, or of each of two broadcasting stacks of them.
var opMatMul = Op{
	Name: "MatMul",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: inferMatMul, New: newMatMul, Cost: matMulCost},
		{Since: 9, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}}, Infer: inferMatMul, New: newMatMul, Cost: matMulCost, Again: 1 << 13},
	},
}

// stacks returns the shapes of a and b with at least two dimensions: what has one is a row as the first factor and a
// column as the second. The result lacks that dimension again.
func stacks(a, b shape.Shape) (_, _ shape.Shape, err error) {
	if a.Rank() == 0 || b.Rank() == 0 {
		return a, b, fault.Shape("a factor is a scalar")
	}
	if a.Rank() == 1 {
		a = shape.Of(1, a.Dim(0))
	}
	if b.Rank() == 1 {
		b = shape.Of(b.Dim(0), 1)
	}
	if k, l := a.Dim(-1), b.Dim(-2); k.Known() && l.Known() && k != l {
		return a, b, fault.Shape("matrices %v and %v do not multiply", a.Ints(), b.Ints())
	}
	return a, b, nil
}

func inferMatMul(n *Node) error {
	if !n.ranked() {
		return nil
	}
	a, b, err := stacks(n.In[0].Shape, n.In[1].Shape)
	if err != nil {
		return err
	}
	batch, err := shape.Broadcast(shape.Of(a.Dims()[:a.Rank()-2]...), shape.Of(b.Dims()[:b.Rank()-2]...))
	if err != nil {
		return err
	}
	out := batch.Clone()
	if n.In[0].Shape.Rank() > 1 {
		out = append(out, a.Dim(-2))
	}
	if n.In[1].Shape.Rank() > 1 {
		out = append(out, b.Dim(-1))
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}

func matMulCost(n *Node) int64 {
	a := n.In[0].Dims()
	return int64(n.Out[0].Len()) * int64(a[len(a)-1])
}

func newMatMul(n *Node) (Kernel, error) {
	return choose(n, typed[float32](matMulOf[float32]), typed[float64](matMulOf[float64]), typed[int64](intMatMul), typed[uint64](intMatMul))
}

// matMulDims returns the sizes of the product and the dimensions of the result before the last two.
func matMulDims(n *Node) (m, cols, k int, batch []int, err error) {
	sa, sb, err := stacks(n.In[0].Shape, n.In[1].Shape)
	if err != nil {
		return 0, 0, 0, nil, err
	}
	a, b := sa.Ints(), sb.Ints()
	m, k, cols = a[len(a)-2], a[len(a)-1], b[len(b)-1]
	batch = slices.Clone(n.Out[0].Dims()[:max(len(a), len(b))-2])
	if len(b) == 2 { // one matrix for all rows of the stack
		m *= tensor.Elems(batch)
		batch = nil
	}
	return m, cols, k, batch, nil
}

func matMulOf[T kernels.Float](n *Node) (Kernel, error) {
	m, cols, k, batch, err := matMulDims(n)
	if err != nil {
		return nil, err
	}
	return newFloatMul[T](n, m, cols, k, batch, false, false, 1), nil
}

// newFloatMul makes the kernel of a product of the first two inputs, whose matrices are stored transposed as said, times alpha.
func newFloatMul[T kernels.Float](n *Node, m, cols, k int, batch []int, transA, transB bool, alpha float32) Kernel {
	if dtype.Of[T]() == dtype.Float32 {
		return newProduct32(n, m, cols, k, batch, transA, transB, alpha).small()
	}
	return &gemm64{product: newProduct(n, m, cols, k, batch, transA, transB), alpha: float64(alpha)}
}

func intMatMul(n *Node) (Kernel, error) {
	m, cols, k, batch, err := matMulDims(n)
	if err != nil {
		return nil, err
	}
	return newIntProduct(n, m, cols, k, batch), nil
}
