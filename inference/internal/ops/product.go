package ops

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// product computes products of matrices of float64: what MatMul and Gemm have in common. Each of the batch is [m, k] times
// [k, n].
//
// Which kernel does it depends on how the second factor lies. Columns that are contiguous, because it is stored
// transposed, are multiplied as they are; so are rows, unless they are too short to go along. Then that factor is
// transposed, and so is a first factor that is stored transposed: once when it is a constant, otherwise while it runs.
// Nothing else is ever copied.
type product struct {
	m, n, k int
	batch   []int // dimensions of the result before the last two
	strides [2][]int
	a, b    factor

	blockM, blockN int // of the result that is computed between two looks at the context
}

// factor is how one of the factors of a product lies.
type factor struct {
	fixed   []float64 // a constant, in the layout that is wanted; nil when the input is to be read
	columns bool      // stored transposed: [k, m] for the first factor, [n, k] for the second
	turn    bool      // to be transposed while running
}

// shortRow is the length of rows from which on it is better to go along them than down the columns.
const shortRow = 16

// turnRows is for how many rows it pays to transpose the other factor while running.
const turnRows = 4

// newProduct plans a product of the first two inputs of n, whose matrices are stored transposed as said.
func newProduct(n *Node, m, cols, k int, batch []int, transA, transB bool) *product {
	p := &product{m: m, n: cols, k: k, batch: batch}
	p.a.columns = transA && m > 1
	p.b.columns = transB || cols == 1
	if p.a.columns {
		p.turn(n, 0, &p.a, k, m)
	}
	if !p.b.columns && cols < shortRow && (n.In[1].Constant || m >= turnRows) {
		p.b.columns = true
		p.turn(n, 1, &p.b, k, cols)
	}
	for i := range p.strides {
		p.strides[i] = stackStrides(n.In[i].Dims(), batch)
	}
	p.blockN = min(cols, 512)
	if k > 1024 {
		p.blockN = min(cols, 128)
	}
	p.blockM = min(max(paceWork/max(p.blockN*k, 1)&^1, 8), m)
	return p
}

// turn has factor i transposed, whose matrices are stored as [rows, cols].
func (p *product) turn(n *Node, i int, f *factor, rows, cols int) {
	in := &n.In[i]
	if in.Value == nil || !in.Constant {
		f.turn = true
		return
	}
	type transposed struct{ rows, cols int }
	f.fixed = pack(n, i, transposed{rows, cols}, func() []float64 {
		src := tensor.View[float64](in.Value)
		dst := make([]float64, len(src))
		for at := 0; at < len(src); at += rows * cols {
			kernels.Transpose(dst[at:], kernels.Rows[float64]{Data: src[at:], Stride: cols}, rows, cols)
		}
		return dst
	})
}

// work returns the multiply-accumulates of the whole product.
func (p *product) work() int64 {
	return int64(tensor.Elems(p.batch)) * int64(p.m) * int64(p.n) * int64(p.k)
}

// blocks returns how many blocks the result is computed in.
func (p *product) blocks() int {
	if p.m == 0 || p.n == 0 {
		return 0
	}
	return tensor.Elems(p.batch) * blockCount(p.m, p.blockM) * blockCount(p.n, p.blockN)
}

// blockCount returns how many blocks it takes to cover size.
func blockCount(size, block int) int { return (size + block - 1) / block }

// scratch returns how many elements of memory a block is computed in.
func (p *product) scratch() int {
	size := 0
	if p.a.turn {
		size += p.blockM * p.k
	}
	if p.b.turn {
		size += p.blockN * p.k
	}
	return size
}

// area is a block of one matrix of the result: rows i0 to i1 and columns j0 to j1.
type area struct{ batch, i0, i1, j0, j1 int }

// area returns a block. Blocks of the same rows follow each other.
func (p *product) area(block int) area {
	cols, rows := blockCount(p.n, p.blockN), blockCount(p.m, p.blockM)
	j, block := block%cols*p.blockN, block/cols
	i := block % rows * p.blockM
	return area{block / rows, i, min(i+p.blockM, p.m), j, min(j+p.blockN, p.n)}
}

// compute computes a block of y from a and b. Scratch is as long as scratch says.
func (p *product) compute(y, a, b, scratch []float64, at area) {
	m, n := at.i1-at.i0, at.j1-at.j0
	out := kernels.Rows[float64]{Data: y[(at.batch*p.m+at.i0)*p.n+at.j0:], Stride: p.n}
	if p.k == 0 {
		for i := range m {
			clear(out.Data[i*p.n:][:n])
		}
		return
	}
	x := p.factor(&p.a, 0, a, at.batch, p.m)
	if p.a.turn { // only the rows of this block
		turned := kernels.Rows[float64]{Data: scratch, Stride: p.k}
		kernels.Transpose(turned.Data, kernels.Rows[float64]{Data: x.Data[at.i0:], Stride: p.m}, p.k, m)
		x, scratch = turned, scratch[p.blockM*p.k:]
	} else {
		x.Data = x.Data[at.i0*x.Stride:]
	}
	w := p.factor(&p.b, 1, b, at.batch, p.n)
	switch {
	case p.n == 1: // a column of results, contiguous: as one row that has the other factor's rows for columns
		kernels.MulTransposed(out, w, x, 1, m, p.k, false)
	case p.b.columns:
		if p.b.turn {
			turned := kernels.Rows[float64]{Data: scratch, Stride: p.k}
			kernels.Transpose(turned.Data, kernels.Rows[float64]{Data: w.Data[at.j0:], Stride: p.n}, p.k, n)
			w = turned
		} else {
			w.Data = w.Data[at.j0*p.k:]
		}
		kernels.MulTransposed(out, x, w, m, n, p.k, false)
	default:
		for i := range m {
			clear(out.Data[i*p.n:][:n])
		}
		w.Data = w.Data[at.j0:]
		kernels.AddMatMul(out, x, w, m, n, p.k)
	}
}

// factor returns the i-th factor's matrix for one of the batch. Lines is its m or n.
func (p *product) factor(f *factor, i int, data []float64, batch, lines int) kernels.Rows[float64] {
	if f.fixed != nil {
		data = f.fixed
	}
	stride := p.k
	if f.turn || i == 1 && !f.columns {
		stride = lines
	}
	return kernels.Rows[float64]{Data: data[matrixAt(batch, p.batch, p.strides[i])*lines*p.k:], Stride: stride}
}

// elemBytes returns the memory that n elements take.
func elemBytes[T any](n int) int {
	var zero T
	return n * int(unsafe.Sizeof(zero))
}
