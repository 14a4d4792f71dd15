package ops

import (
	"math"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels/i8"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// byteProduct is the kernel of products of matrices of bytes where the first factor has one scale and one zero point. It
// goes in blocks of the result: some rows by some panels of the second factor.
type byteProduct struct {
	in      byteMatMulIn
	level   cpu.Level
	m, n, k int
	batch   []int
	strides [2][]int
	size    int // bytes of a result
	kind    i8.Kind
	floats  bool // the first factor is of floats, to be quantized
	lo, hi  float32

	blockM, blockN int
	pitch          int         // of the rows of the first factor where they are copied, in bytes; 0 when they are not
	panels         []i8.Panels // of each matrix of the second factor; nil when it is not constant
	params         *byteParams // nil when something that they depend on is not constant
	taps           []int

	rowRoom, packRoom, sumRoom, columnRoom int // bytes of scratch memory
}

// How much of both factors there is in a block: some of a second-level cache.
const (
	byteProductRows  = 192 << 10
	byteProductPanel = 256 << 10
	byteProductParts = 4 // blocks that there are at least when a block is worth it
)

// newByteProduct makes the kernel, or returns nil when the general one is needed.
func (in *byteMatMulIn) newByteProduct(n *Node) (*byteProduct, error) {
	mul := in.asMatMul(n)
	m, cols, depth, batch, err := matMulDims(mul)
	if err != nil {
		return nil, err
	}
	a, b, _ := stacks(mul.In[0].Shape, mul.In[1].Shape)
	k := &byteProduct{
		in: *in, level: n.CPU, m: m, n: cols, k: depth, batch: batch, size: n.Out[0].DType.Size(),
		floats: mul.In[0].DType == dtype.Float32,
	}
	if !in.simple(n, b, k.floats) || depth == 0 {
		return nil, nil
	}
	switch n.Out[0].DType {
	case dtype.Float32:
		k.kind, k.lo, k.hi = i8.Floats, float32(math.Inf(-1)), float32(math.Inf(1))
		if in.relu && n.Flag("relu") {
			k.lo = 0
		}
	case dtype.Int32:
		k.kind = i8.Sums
	default:
		k.kind = i8.Bytes
	}
	k.strides[0], k.strides[1] = stackStrides(a.Ints(), batch), stackStrides(b.Ints(), batch)
	parts := i8.MaxParts(k.level, n.In[in.b].DType == dtype.Int8, in.bZero >= 0 && n.Has(in.bZero))
	k.taps = make([]int, parts)
	groups := (depth + 3) / 4
	width := i8.Width(k.level)
	step := 2 * i8.MaxRun(k.level)
	k.blockM = min(k.m, max(byteProductRows/(4*groups)/step*step, step))
	k.blockN = min(k.n, max(byteProductPanel/(4*groups)/width*width, width))
	b0, constant := fixedInput(n, in.b)
	zero, zeroConstant := fixedInput(n, in.bZero)
	if constant && zeroConstant {
		k.pack(n, b0, zero, b)
		k.blockN = k.n
		if work := int64(k.m) * int64(k.n) * int64(k.k); work > 2*partWork {
			if even := (blockCount(k.m, byteProductParts) + step - 1) / step * step; even >= 2*step {
				k.blockM = min(k.blockM, even)
			} else {
				k.blockN = min(k.n, max((blockCount(k.n, byteProductParts)+width-1)/width*width, width))
			}
		}
		k.fixParams(n)
	} else {
		k.blockM = k.m
		k.packRoom = roomOf(i8.PanelBytes(k.level, 1, k.k, k.blockN, parts))
		k.sumRoom = roomOf(4 * i8.Columns(k.level, k.blockN))
	}
	if k.floats || k.k%4 != 0 {
		k.pitch = 4 * groups
		k.blockM = min(k.blockM, max(byteProductRows/k.pitch/step*step, step))
		k.rowRoom = roomOf(k.blockM * k.pitch)
	}
	if k.params == nil {
		k.columnRoom = roomOf(4 * i8.Columns(k.level, k.blockN))
	}
	_, err = scratchFor(int64(k.Scratch() / 8))
	return k, err
}

// roomOf rounds a number of bytes up to where the next may begin.
func roomOf(bytes int) int { return (bytes + tensor.Align - 1) &^ (tensor.Align - 1) }

// simple reports whether all scales and zero points are what the kernel can do: one for the first factor, one or one for
// each column for the second.
func (in *byteMatMulIn) simple(n *Node, b shape.Shape, floats bool) bool {
	bytes := func(i int) bool { return bytes8.Has(n.In[i].DType) }
	if !floats && !bytes(in.a) || !bytes(in.b) || n.Out[0].DType.Size() == 1 && !bytes8.Has(n.Out[0].DType) {
		return false
	}
	for _, i := range []int{in.aScale, in.bScale, in.yScale} {
		if i >= 0 && n.Has(i) && n.In[i].DType != dtype.Float32 {
			return false
		}
	}
	one := func(i int) bool { return i < 0 || !n.Has(i) || n.In[i].Len() == 1 }
	line := func(i int) bool {
		return one(i) || len(n.In[i].Dims()) == 1 && n.In[i].Len() == int(b.Dim(-1))
	}
	return one(in.aScale) && one(in.aZero) && line(in.bScale) && line(in.bZero)
}

// pack packs the second factor, a constant.
func (k *byteProduct) pack(n *Node, b, zero *tensor.Tensor, s shape.Shape) {
	type layout struct {
		level cpu.Level
		zero  *tensor.Tensor
	}
	k.panels = pack(n, k.in.b, layout{k.level, zero}, func() []i8.Panels {
		var all []i8.Panels
		for i := range b.Len() / (k.n * k.k) {
			m := k.matrix(b, zero, i, 0, k.n)
			parts := m.Parts(k.level)
			data := make([]byte, i8.PanelBytes(k.level, 1, k.k, k.n, parts))
			all = append(all, i8.Pack(k.level, &m, parts, data, make([]int32, i8.Columns(k.level, k.n))))
		}
		return all
	})
}

// matrix returns columns of a matrix of the second factor.
func (k *byteProduct) matrix(b, zero *tensor.Tensor, i, first, columns int) i8.Matrix {
	m := i8.Matrix{
		NTaps: 1, K: k.k, N: columns, Row: k.n, Column: 1, Data: b.Data[i*k.k*k.n+first:], Signed: b.DType == dtype.Int8,
	}
	if zero != nil {
		m.Zeros = zero.Data
		if zero.Len() > 1 {
			m.Zeros, m.ZeroColumn = zero.Data[first:], 1
		}
	}
	return m
}

// fixParams computes the parameters if they are the same in all runs.
func (k *byteProduct) fixParams(n *Node) {
	if k.floats || len(k.panels) != 1 {
		return
	}
	for i := range n.In {
		if _, constant := fixedInput(n, i); !constant && i != k.in.a {
			return
		}
	}
	columns := i8.Columns(k.level, k.n)
	k.params = &byteParams{bias: make([]int32, columns), scale: make([]float32, columns)}
	in := func(i int) *tensor.Tensor {
		t, _ := fixedInput(n, i)
		return t
	}
	q := k.quantum(in, n.In[k.in.a].DType)
	k.fill(k.params, in, n.Out[0].DType, q, k.panels[0].Sums, 0, k.n)
}

// quantum is how the first factor is quantized: with a zero point as of uint8.
type quantum struct {
	scale float32
	zero  int32
}

// quantum returns the parameters of a first factor of bytes.
func (k *byteProduct) quantum(in func(i int) *tensor.Tensor, d dtype.DType) quantum {
	q := quantum{scaleOf(in(k.in.aScale), 0), int32(zeroOf(in(k.in.aZero), 0))}
	if d == dtype.Int8 {
		q.zero += 128 // its sign bit is turned over
	}
	return q
}

// fill computes the parameters of so many columns, from the given one on, of which sums are the sums.
func (k *byteProduct) fill(p *byteParams, in func(i int) *tensor.Tensor, to dtype.DType, q quantum, sums []int32, first, columns int) {
	bias, scale := p.bias[:columns], p.scale[:columns]
	for j, s := range sums[:columns] {
		bias[j] = -q.zero * s
	}
	scales := in(k.in.bScale)
	if k.kind == i8.Bytes {
		if t := in(k.in.bias); t != nil {
			for j, b := range tensor.View[int32](t)[first:][:columns] {
				bias[j] += b
			}
		}
		p.lo, p.hi, p.zero = byteBounds(in(k.in.yZero), to)
	}
	if scales == nil {
		return
	}
	each := tensor.View[float32](scales)
	yScale := scaleOf(in(k.in.yScale), 0)
	if len(each) == 1 {
		by := q.scale * each[0] / yScale
		for j := range scale {
			scale[j] = by
		}
		return
	}
	for j, by := range each[first:][:columns] {
		scale[j] = q.scale * by / yScale
	}
}

func (k *byteProduct) blocks() int {
	return tensor.Elems(k.batch) * blockCount(k.m, k.blockM) * blockCount(k.n, k.blockN)
}

func (k *byteProduct) Parts(threads int) int {
	return partsFor(threads, k.blocks(), int64(tensor.Elems(k.batch))*int64(k.m)*int64(k.n)*int64(k.k))
}

func (k *byteProduct) Scratch() int { return k.rowRoom + k.packRoom + k.sumRoom + 3*k.columnRoom }

func (k *byteProduct) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

// byteProductPart is a part of a run, with its scratch memory.
type byteProductPart struct {
	*byteProduct
	c      *Ctx
	q      quantum
	invert uint32
	params byteParams
	rows   []byte // of the first factor, when they are copied
	data   []byte
	sums   []int32
	shift  []float32
	filled int // the block of columns, and of the batch, that params are for; -1 for none
	own    i8.Panels
}

func (r *byteProductPart) in(i int) *tensor.Tensor { return inputOf(r.c, i) }

func (k *byteProduct) RunPart(c *Ctx, part, parts int) error {
	scratch := c.Part(part, parts)
	take := func(n int) []byte {
		s := scratch[:n]
		scratch = scratch[n:]
		return s
	}
	r := byteProductPart{byteProduct: k, c: c, filled: -1}
	a := c.In[k.in.a]
	r.rows, r.data, r.sums = take(k.rowRoom), take(k.packRoom), tensor.Cast[int32](take(k.sumRoom))
	if k.floats {
		r.q = quantumOf(k.level, tensor.View[float32](a))
	} else {
		r.q, r.invert = k.quantum(r.in, a.DType), invertOf(a.DType)
	}
	if k.params != nil {
		r.params = *k.params
	} else {
		r.params.bias, r.params.scale = tensor.Cast[int32](take(k.columnRoom)), tensor.Cast[float32](take(k.columnRoom))
		r.shift = tensor.Cast[float32](take(k.columnRoom))
	}
	cols, rows := blockCount(k.n, k.blockN), blockCount(k.m, k.blockM)
	p := pace{c: c}
	from, to := share(k.blocks(), part, parts)
	for i := from; i < to; i++ {
		j0, i0 := i/rows%cols*k.blockN, i%rows*k.blockM
		at := area{i / cols / rows, i0, min(i0+k.blockM, k.m), j0, min(j0+k.blockN, k.n)}
		if err := r.multiply(at, i/rows, &p); err != nil {
			return err
		}
	}
	return nil
}

// second returns the panels of a block, and which of them is the first.
func (r *byteProductPart) second(at area, block int) (panels *i8.Panels, first int) {
	i := matrixAt(at.batch, r.batch, r.strides[1])
	if r.panels != nil {
		panels, first = &r.panels[i], at.j0/i8.Width(r.level)
	} else if panels = &r.own; r.filled != block {
		m := r.matrix(r.c.In[r.byteProduct.in.b], r.in(r.byteProduct.in.bZero), i, at.j0, at.j1-at.j0)
		parts := m.Parts(r.level)
		r.own = i8.Pack(r.level, &m, parts, r.data[:i8.PanelBytes(r.level, 1, m.K, m.N, parts)], r.sums[:i8.Columns(r.level, m.N)])
	}
	if r.byteProduct.params == nil && r.filled != block {
		sums := panels.Sums[first*panels.Width:]
		r.fill(&r.params, r.in, r.c.Out[0].DType, r.q, sums, at.j0, at.j1-at.j0)
		if r.kind == i8.Floats {
			n := at.j1 - at.j0
			if t := r.in(r.byteProduct.in.bias); t != nil {
				copy(r.shift[:n], tensor.View[float32](t)[at.j0:])
			} else {
				clear(r.shift[:n])
			}
		}
	}
	r.filled = block
	return panels, first
}

// multiply computes a block.
func (r *byteProductPart) multiply(at area, block int, p *pace) error {
	panels, first := r.second(at, block)
	rows := at.i1 - at.i0
	start := (matrixAt(at.batch, r.batch, r.strides[0])*r.m + at.i0) * r.k
	lda := r.k
	var a unsafe.Pointer
	switch {
	case r.floats:
		x := tensor.View[float32](r.c.In[r.byteProduct.in.a])[start:]
		for i := range rows {
			i8.Quantize(r.level, r.rows[i*r.pitch:][:r.k], x[i*r.k:], r.q.scale, r.q.zero, 0, 255)
		}
	case r.pitch > 0:
		x := r.c.In[r.byteProduct.in.a].Data[start:]
		for i := range rows {
			copy(r.rows[i*r.pitch:], x[i*r.k:][:r.k])
		}
	default:
		a = unsafe.Pointer(&r.c.In[r.byteProduct.in.a].Data[start])
	}
	if r.pitch > 0 {
		lda, a = r.pitch, unsafe.Pointer(unsafe.SliceData(r.rows))
	}
	pitch := r.n * r.size
	y := unsafe.Pointer(&r.c.Out[0].Data[((at.batch*r.m+at.i0)*r.n+at.j0)*r.size])
	run := i8.Run(r.level, 1, rows)
	segments := blockCount(rows, run)
	t := i8.Tile{
		LDA: lda, LDC: pitch, Rows: 2 * run, Kind: r.kind, Invert: r.invert, Lo: r.lo, Hi: r.hi, Taps: unsafe.SliceData(r.taps),
		NTaps: panels.NTaps, K: panels.K,
	}
	if r.kind == i8.Bytes {
		t.Lo, t.Hi, t.Zero = r.params.lo, r.params.hi, r.params.zero
	}
	if rows == 1 {
		t.Rows = 1
	}
	offset := 0
	if r.byteProduct.params != nil { // of all columns
		offset = at.j0
	}
	for j := 0; j < at.j1-at.j0; j += panels.Width {
		i := first + j/panels.Width
		t.B, t.Width, t.Cols = panels.Panel(i), panels.PanelWidth(i), min(panels.Width, at.j1-at.j0-j)
		t.Bias, t.Scale = unsafe.Pointer(&r.params.bias[offset+j]), unsafe.Pointer(&r.params.scale[offset+j])
		if r.kind == i8.Floats {
			t.Shift = unsafe.Pointer(&r.shift[j])
		}
		if err := p.spend(rows * t.Cols * (4*t.K*t.NTaps + 8)); err != nil {
			return err
		}
		c := unsafe.Add(y, j*r.size)
		for s := 0; s < segments; s += 2 {
			one := min(s*run, rows-run)
			two := min((s+1)*run, rows-run)
			t.A, t.A2 = unsafe.Add(a, one*lda), unsafe.Add(a, two*lda)
			t.C, t.C2 = unsafe.Add(c, one*pitch), unsafe.Add(c, two*pitch)
			t.Run(r.level)
		}
	}
	return nil
}
