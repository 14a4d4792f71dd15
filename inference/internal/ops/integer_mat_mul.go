package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// byteMatMulIn says which inputs of a node are what for a product of matrices of bytes; -1 for those that it does not
// have. The scale and zero point of a are one element or one for each row, those of b one or one for each column, those
// of y one.
type byteMatMulIn struct {
	a, aScale, aZero int
	b, bScale, bZero int
	yScale, yZero    int
}

// asMatMul returns n as a node of MatMul.
func (in *byteMatMulIn) asMatMul(n *Node) *Node {
	mul := *n
	mul.In = []Operand{n.In[in.a], n.In[in.b]}
	return &mul
}

func (in *byteMatMulIn) infer(n *Node) error {
	for _, i := range []int{in.yScale, in.yZero} {
		if err := oneOf(n, i, 1); err != nil {
			return err
		}
	}
	return inferMatMul(in.asMatMul(n))
}

func (in *byteMatMulIn) cost(n *Node) int64 { return matMulCost(in.asMatMul(n)) }

// lineParam is a scale or zero point that has an element for each line of a matrix: a row of the first factor, or a
// column of the second.
type lineParam struct {
	in     int   // -1 when there is none
	stacks []int // what it advances by, in matrices' worth of lines, along the dimensions of the batch
	lines  int   // of a matrix
	step   int   // from one line to the next; 0 repeats
}

// newLineParam returns how input i goes with the matrices of a factor, whose lines are along dimension axis, -2 or -1.
func newLineParam(n *Node, i int, of []int, axis int, batch []int) (lineParam, error) {
	p := lineParam{in: i, stacks: make([]int, len(batch)), lines: 1}
	if i < 0 || !n.Has(i) {
		p.in = -1
		return p, nil
	}
	dims := n.In[i].Dims()
	if tensor.Elems(dims) == 1 {
		return p, nil
	}
	lines := of[len(of)+axis]
	fits := len(dims) == len(of)
	if len(dims) == 1 {
		fits = dims[0] == lines
		dims = []int{dims[0], 1} // as a matrix of its own
		if axis == -1 {
			dims[0], dims[1] = dims[1], dims[0]
		}
	}
	for d := range dims {
		want := of[len(of)-len(dims)+d]
		if d == len(dims)-3-axis { // the other one of the last two
			want = 1
		}
		fits = fits && (dims[d] == want || dims[d] == 1)
	}
	if !fits {
		return p, fault.Shape("input %d is %v, where the matrices are %v", i, n.In[i].Dims(), of)
	}
	p.stacks = stackStrides(dims, batch)
	if p.lines = dims[len(dims)+axis]; p.lines > 1 {
		p.step = 1
	}
	return p, nil
}

// at returns where the element for the first line of a matrix is, that belongs to one of the batch.
func (p *lineParam) at(i int, batch []int) int { return matrixAt(i, batch, p.stacks) * p.lines }

func (p *lineParam) of(c *Ctx) *tensor.Tensor { return inputOf(c, p.in) }

// How much of a product is computed between two looks at the context, from what is decoded of both factors: about a
// millisecond's worth.
const (
	byteRows    = 64
	byteColumns = 256
	byteDepth   = 64
)

// byteMatMul is the kernel of products of matrices of bytes. It goes in blocks of the result, and for each of them along
// the products: as much of both factors is decoded as stays in a second-level cache.
type byteMatMul struct {
	in             byteMatMulIn
	m, n, k        int
	batch, stack   []int // dimensions of the result before the last two; those of a
	rows           int   // of a matrix of a's stack; m may be all of them
	strides        [2][]int
	aScale, aZero  lineParam
	bScale, bZero  lineParam
	blockM, blockN int
	depth          int  // of the products, at a time
	columns        bool // the second factor is decoded transposed, because its rows are too short to go along
}

func (in *byteMatMulIn) new(n *Node) (Kernel, error) {
	mul := in.asMatMul(n)
	m, cols, depth, batch, err := matMulDims(mul)
	if err != nil {
		return nil, err
	}
	a, b, _ := stacks(mul.In[0].Shape, mul.In[1].Shape)
	k := &byteMatMul{
		in: *in, m: m, n: cols, k: depth, batch: batch, columns: cols < shortRow,
		rows: int(a.Dim(-2)), stack: n.Out[0].Dims()[:max(a.Rank(), b.Rank())-2],
		blockM: min(m, byteRows), blockN: min(cols, byteColumns), depth: min(depth, byteDepth),
	}
	k.strides[0], k.strides[1] = stackStrides(a.Ints(), batch), stackStrides(b.Ints(), batch)
	for _, p := range []struct {
		param *lineParam
		in    int
		of    shape.Shape
		axis  int
		batch []int
	}{
		{&k.aScale, in.aScale, a, -2, k.stack},
		{&k.aZero, in.aZero, a, -2, k.stack},
		{&k.bScale, in.bScale, b, -1, batch},
		{&k.bZero, in.bZero, b, -1, batch},
	} {
		if *p.param, err = newLineParam(n, p.in, p.of.Ints(), p.axis, p.batch); err != nil {
			return nil, err
		}
	}
	if n.Out[0].Len() == 0 {
		return nothing{}, nil
	}
	return k, nil
}

func (k *byteMatMul) blocks() int {
	return tensor.Elems(k.batch) * blockCount(k.m, k.blockM) * blockCount(k.n, k.blockN)
}

func (k *byteMatMul) Parts(threads int) int {
	return partsFor(threads, k.blocks(), int64(tensor.Elems(k.batch))*int64(k.m)*int64(k.n)*int64(k.k))
}

// Scratch is for the tables of both factors, a block of each and of the sums, and the zero points of its columns.
func (k *byteMatMul) Scratch() int {
	return elemBytes[float64](2*256 + k.blockM*k.depth + k.depth*k.blockN + k.blockM*k.blockN + k.blockN)
}

func (k *byteMatMul) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *byteMatMul) RunPart(c *Ctx, part, parts int) error {
	r := byteMatMulRun{byteMatMul: k, c: c}
	scratch := tensor.Cast[float64](c.Part(part, parts))
	take := func(n int) []float64 {
		s := scratch[:n]
		scratch = scratch[n:]
		return s
	}
	r.aTable, r.bTable = (*[256]float64)(take(256)), (*[256]float64)(take(256))
	r.a, r.b, r.sums = take(k.blockM*k.depth), take(k.depth*k.blockN), take(k.blockM*k.blockN)
	r.zeros = take(k.blockN)
	decodeTable(r.aTable, c.In[k.in.a].DType)
	decodeTable(r.bTable, c.In[k.in.b].DType)
	r.out = requantizerFor(c, inputOf(c, k.in.yZero))
	cols, rows := blockCount(k.n, k.blockN), blockCount(k.m, k.blockM)
	p := pace{c: c}
	from, to := share(k.blocks(), part, parts)
	for i := from; i < to; i++ {
		j0, i0 := i%cols*k.blockN, i/cols%rows*k.blockM
		at := area{i / cols / rows, i0, min(i0+k.blockM, k.m), j0, min(j0+k.blockN, k.n)}
		if err := r.multiply(at, &p); err != nil {
			return err
		}
		r.store(at)
	}
	return nil
}

// byteMatMulRun is a part of a run, with its scratch memory.
type byteMatMulRun struct {
	*byteMatMul
	c              *Ctx
	aTable, bTable *[256]float64
	a, b           []float64 // [blockM, depth]; [depth, blockN], or [blockN, depth] when columns is set
	sums           []float64 // [blockM, blockN]
	zeros          []float64 // of the columns
	out            requantizer
}

// multiply computes the sums of a block.
func (r *byteMatMulRun) multiply(at area, p *pace) error {
	m, n := at.i1-at.i0, at.j1-at.j0
	a, b := r.c.In[r.in.a].Data, r.c.In[r.in.b].Data
	a = a[(matrixAt(at.batch, r.batch, r.strides[0])*r.m+at.i0)*r.k:]
	b = b[matrixAt(at.batch, r.batch, r.strides[1])*r.n*r.k+at.j0:]
	zero, first := r.bZero.of(r.c), r.bZero.at(at.batch, r.batch)
	for j := range n {
		r.zeros[j] = zeroOf(zero, first+(at.j0+j)*r.bZero.step)
	}
	sums := kernels.Rows[float64]{Data: r.sums, Stride: n}
	clear(r.sums[:m*n])
	for k0 := 0; k0 < r.k; k0 += r.depth {
		depth := min(r.depth, r.k-k0)
		if err := p.spend((m + 1) * (n + 1) * depth); err != nil {
			return err
		}
		for i := range m {
			zero := zeroOf(r.aZero.of(r.c), r.line(&r.aZero, at, i))
			kernels.Decoded(r.a[i*depth:][:depth], a[i*r.k+k0:], r.aTable, zero)
		}
		x, w := kernels.Rows[float64]{Data: r.a, Stride: depth}, kernels.Rows[float64]{Data: r.b, Stride: n}
		if r.columns {
			w.Stride = depth
			for t := range depth {
				for j, v := range b[(k0+t)*r.n:][:n] {
					r.b[j*depth+t] = r.bTable[v] - r.zeros[j]
				}
			}
			kernels.MulTransposed(sums, x, w, m, n, depth, true)
			continue
		}
		for t := range depth {
			kernels.DecodedColumns(r.b[t*n:][:n], b[(k0+t)*r.n:], r.bTable, r.zeros)
		}
		kernels.AddMatMul(sums, x, w, m, n, depth)
	}
	return nil
}

// line returns which element of a's scale or zero point the i-th row of a block has.
func (r *byteMatMulRun) line(p *lineParam, at area, i int) int {
	row := at.batch*r.m + at.i0 + i
	return p.at(row/r.rows, r.stack) + row%r.rows*p.step
}

// store stores the sums of a block.
func (r *byteMatMulRun) store(at area) {
	m, n := at.i1-at.i0, at.j1-at.j0
	bScale, first := r.bScale.of(r.c), r.bScale.at(at.batch, r.batch)
	for i := range m {
		sums := r.sums[i*n:][:n]
		to := (at.batch*r.m+at.i0+i)*r.n + at.j0
		if bScale == nil {
			r.out.store(to, sums, 1)
			continue
		}
		a, y := scaleOf(r.aScale.of(r.c), r.line(&r.aScale, at, i)), scaleOf(r.c.In[r.in.yScale], 0)
		if r.bScale.step == 0 {
			r.out.store(to, sums, a*scaleOf(bScale, first)/y)
			continue
		}
		for j := range n {
			sums[j] *= float64(a * scaleOf(bScale, first+at.j0+j) / y)
		}
		r.out.store(to, sums, 1)
	}
}
