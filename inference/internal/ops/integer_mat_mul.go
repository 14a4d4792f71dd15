package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
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
	bias             int  // what is added to each column: of int32 to sums, of float32 to floats
	relu             bool // there is an attribute relu, for outputs of floats
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

// byteMatMul is the kernel of products of matrices of bytes that newByteProduct leaves: of small floats, and with
// parameters for each row of the first factor. It goes row by row, with float64, in which sums of products of bytes are
// exact.
type byteMatMul struct {
	in            byteMatMulIn
	m, n, k       int
	batch, stack  []int // dimensions of the result before the last two; those of a
	rows          int   // of a matrix of a's stack; m may be all of them
	strides       [2][]int
	aScale, aZero lineParam
	bScale, bZero lineParam
	scratch       int
}

func (in *byteMatMulIn) new(n *Node) (Kernel, error) {
	if n.Out[0].Len() == 0 {
		return nothing{}, nil
	}
	if k, err := in.newByteProduct(n); k != nil || err != nil {
		return k, err
	}
	mul := in.asMatMul(n)
	m, cols, depth, batch, err := matMulDims(mul)
	if err != nil {
		return nil, err
	}
	if in.bias >= 0 {
		return nil, fault.Format("scales or zero points are not one for all, or one for each column")
	}
	a, b, _ := stacks(mul.In[0].Shape, mul.In[1].Shape)
	k := &byteMatMul{
		in: *in, m: m, n: cols, k: depth, batch: batch, rows: int(a.Dim(-2)), stack: n.Out[0].Dims()[:max(a.Rank(), b.Rank())-2],
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
	k.scratch, err = scratchFor(2*256 + int64(k.n))
	return k, err
}

func (k *byteMatMul) Parts(threads int) int {
	rows := tensor.Elems(k.batch) * k.m
	return partsFor(threads, rows, int64(rows)*int64(k.n)*int64(k.k))
}

// Scratch is for the tables of both factors, and a row of sums.
func (k *byteMatMul) Scratch() int { return k.scratch }

func (k *byteMatMul) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *byteMatMul) RunPart(c *Ctx, part, parts int) error {
	scratch := tensor.Cast[float64](c.Part(part, parts))
	aTable, bTable, sums := (*[256]float64)(scratch), (*[256]float64)(scratch[256:]), scratch[512:][:k.n]
	decodeTable(aTable, c.In[k.in.a].DType)
	decodeTable(bTable, c.In[k.in.b].DType)
	out := requantizerFor(c, inputOf(c, k.in.yZero))
	p := pace{c: c}
	from, to := share(tensor.Elems(k.batch)*k.m, part, parts)
	for row := from; row < to; row++ {
		if err := p.spend(k.n * (k.k + 1)); err != nil {
			return err
		}
		batch := row / k.m
		a := c.In[k.in.a].Data[(matrixAt(batch, k.batch, k.strides[0])*k.m+row%k.m)*k.k:][:k.k]
		b := c.In[k.in.b].Data[matrixAt(batch, k.batch, k.strides[1])*k.n*k.k:]
		aZero := zeroOf(k.aZero.of(c), k.line(&k.aZero, row))
		clear(sums)
		total := 0.0
		for t, v := range a {
			x := aTable[v] - aZero
			total += x
			for j, w := range b[t*k.n:][:k.n] {
				sums[j] += x * bTable[w]
			}
		}
		bZero, first := k.bZero.of(c), k.bZero.at(batch, k.batch)
		bScale, firstScale := k.bScale.of(c), k.bScale.at(batch, k.batch)
		for j := range sums {
			sums[j] -= total * zeroOf(bZero, first+j*k.bZero.step)
			if bScale != nil {
				by := scaleOf(k.aScale.of(c), k.line(&k.aScale, row)) * scaleOf(bScale, firstScale+j*k.bScale.step)
				sums[j] = float64(float32(sums[j]) * (by / scaleOf(c.In[k.in.yScale], 0)))
			}
		}
		out.store(row*k.n, sums, 1)
	}
	return nil
}

// line returns which element of a's scale or zero point a row of the result has.
func (k *byteMatMul) line(p *lineParam, row int) int {
	return p.at(row/k.rows, k.stack) + row%k.rows*p.step
}
