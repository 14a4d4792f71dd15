package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opMSFusedMatMul)

// opMSFusedMatMul computes alpha times the product of two matrices, or of each of two broadcasting stacks of them,
// that may be transposed.
var opMSFusedMatMul = Op{
	Name: "FusedMatMul", Domain: microsoft,
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{
				{"alpha", Float, 1.0},
				{"transA", Int, 0},
				{"transB", Int, 0},
				{"transBatchA", Int, 0},
				{"transBatchB", Int, 0},
			},
			Infer: inferFusedMatMul, New: newFusedMatMul, Cost: fusedMatMulCost,
		},
	},
}

// fusedAxes returns how the dimensions of a factor of known rank are to be permuted before it is multiplied. First the
// leading one may go behind those of the stack, then the last two may change places.
func fusedAxes(n *Node, input int, batch, transpose string) []int {
	rank := n.In[input].Shape.Rank()
	axes := make([]int, rank)
	for i := range axes {
		axes[i] = i
	}
	if rank > 2 && n.Flag(batch) {
		copy(axes, axes[1:rank-1])
		axes[rank-2] = 0
	}
	if rank > 1 && n.Flag(transpose) {
		axes[rank-2], axes[rank-1] = axes[rank-1], axes[rank-2]
	}
	return axes
}

// asPermuted returns n as a node of MatMul, whose factors have the dimensions in the order in which they are multiplied.
func asPermuted(n *Node) (mul *Node, axes [2][]int) {
	permuted := *n
	mul = &permuted
	mul.In = slices.Clone(n.In)
	axes = [2][]int{fusedAxes(n, 0, "transBatchA", "transA"), fusedAxes(n, 1, "transBatchB", "transB")}
	for i := range mul.In {
		dims := make([]shape.Dim, len(axes[i]))
		for j, a := range axes[i] {
			dims[j] = n.In[i].Shape.Dim(a)
		}
		mul.In[i].Shape = shape.Of(dims...)
	}
	return mul, axes
}

func inferFusedMatMul(n *Node) error {
	if !n.ranked() {
		return nil
	}
	a, b := n.In[0].Shape.Rank(), n.In[1].Shape.Rank()
	if (n.Flag("transBatchA") || n.Flag("transBatchB")) && (a < 3 || a != b) {
		return fault.Shape("stacks of %d and %d dimensions, where at least 3 and as many of both are needed", a, b)
	}
	mul, _ := asPermuted(n)
	return inferMatMul(mul)
}

func fusedMatMulCost(n *Node) int64 {
	mul, _ := asPermuted(n)
	return matMulCost(mul)
}

func newFusedMatMul(n *Node) (Kernel, error) {
	if frugal {
		return inDoubles(n, fusedMatMulOf[float64])
	}
	return choose(n, typed[float32](fusedMatMulOf[float32]), typed[float64](fusedMatMulOf[float64]))
}

func fusedMatMulOf[T kernels.Float](n *Node) (Kernel, error) {
	mul, axes := asPermuted(n)
	if n.Flag("transBatchA") || n.Flag("transBatchB") {
		c, err := stackedMatMul(mul, axes)
		if err != nil {
			return nil, err
		}
		return &scaledEinsum[T]{newEinsumKernel(c, floatProduct[T]), T(n.Float("alpha"))}, nil
	}
	m, cols, depth, batch, err := fusedDims(n, mul)
	if err != nil {
		return nil, err
	}
	transA, transB := n.Flag("transA") && n.In[0].Shape.Rank() > 1, n.Flag("transB") && n.In[1].Shape.Rank() > 1
	return newFloatMul[T](n, m, cols, depth, batch, transA, transB, n.Float("alpha")), nil
}

// fusedDims is matMulDims for n, whose factors are those of mul when they are transposed.
func fusedDims(n, mul *Node) (m, cols, depth int, batch []int, err error) {
	m, cols, depth, batch, err = matMulDims(mul)
	a, b := mul.In[0].Shape, mul.In[1].Shape
	if err == nil && n.Flag("transA") && a.Rank() > 2 && b.Rank() <= 2 { // the rows of the stack are not those of one matrix
		m, batch = int(a.Dim(-2)), n.Out[0].Dims()[:a.Rank()-2]
	}
	return m, cols, depth, batch, err
}

// scaledEinsum is an einsum whose result is multiplied by alpha.
type scaledEinsum[T kernels.Float] struct {
	kernel *einsum[T]
	alpha  T
}

func (k *scaledEinsum[T]) Scratch() int { return k.kernel.Scratch() }

func (k *scaledEinsum[T]) Run(c *Ctx) error {
	if err := k.kernel.Run(c); err != nil {
		return err
	}
	if k.alpha != 1 {
		kernels.ScaleBy(tensor.View[T](c.Out[0]), k.alpha)
	}
	return nil
}

// stackedMatMul plans a product whose factors may have a dimension of their matrices before those of the stack: as an
// Einsum, because that takes matrices however they lie. Axes says where the dimensions of mul's factors are.
func stackedMatMul(mul *Node, axes [2][]int) (*contraction, error) {
	const row, sum, column = 'm', 'k', 'n'
	hidden := ellipsis(mul.In[0].Shape.Rank() - 2)
	e := &equation{out: slices.Concat(hidden, []label{row, column})}
	shapes := make([]shape.Shape, 2)
	dims := make([][]int, 2)
	for i, last := range [][]label{{row, sum}, {sum, column}} {
		term := make([]label, len(axes[i]))
		dims[i] = make([]int, len(term))
		for j, l := range slices.Concat(hidden, last) {
			term[axes[i][j]] = l
			dims[i][axes[i][j]] = mul.In[i].Dims()[j]
		}
		e.terms = append(e.terms, term)
		shapes[i] = shape.FromInts(dims[i])
	}
	lengths, err := e.lengths(shapes)
	if err != nil {
		return nil, err
	}
	return newContraction(e, &lengths, dims)
}
