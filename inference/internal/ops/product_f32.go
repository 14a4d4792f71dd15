package ops

import (
	"math"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/kernels"
	f32kernels "github.com/brinkml/brink/inference/internal/kernels/f32"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// product32 is the kernel of all products of matrices of float32: y = f(alpha * a * b + beta * c), each of a batch.
//
// A is read where it lies, unless it is stored transposed. B is packed into panels: once when it is a constant, else while
// the kernel runs, a few at a time. When there are few rows, or its rows are as long as those of a panel, it is read where
// it lies, too.
type product32 struct {
	level   cpu.Level
	m, n, k int
	batch   []int // dimensions of the result before the last two
	strides [2][]int

	transA, transB bool      // the factor is stored transposed
	b              []float32 // the panels of each matrix when b is a constant
	inPlace        bool      // b is read where it lies

	alpha, beta float32
	third       bool   // there is a third input, c
	cStrides    [2]int // of it; 0 repeats it
	cStack      bool   // it is as large as the result
	cDirect     bool   // the kernel adds it; otherwise that is done afterwards

	clamp  bool
	lo, hi float32
	f      activation[float32] // applied last; nil when there is none
}

// groupElems is how many elements of b are packed at once while the kernel runs.
const groupElems = 128 << 10

// newProduct32 plans a product of the first two inputs of n, whose matrices are stored transposed as said, times alpha.
func newProduct32(n *Node, m, cols, k int, batch []int, transA, transB bool, alpha float32) *product32 {
	p := &product32{
		level: n.CPU, m: m, n: cols, k: k, batch: batch, alpha: alpha,
		transA: transA && m > 1 && k > 1, transB: transB && cols > 1 && k > 1,
	}
	for i := range p.strides {
		p.strides[i] = stackStrides(n.In[i].Dims(), batch)
	}
	width, b := f32kernels.Width(p.level), constant32(n, 1)
	if !p.transB && (cols == width || cols == width/2) && (b == nil || alpha == 1) {
		p.inPlace = true
		return p
	}
	if b != nil {
		type panels struct {
			width, k, n int
			transposed  bool
			alpha       float32
		}
		p.b = pack(n, 1, panels{width, k, cols, p.transB, alpha}, func() []float32 { return p.panels(n, b) })
		p.alpha = 1
		return p
	}
	p.inPlace = !p.transB && m <= 2*f32kernels.MaxRows(p.level) && cols > width/2
	return p
}

// constant32 returns the value of an input that is a constant, and nil for any other.
func constant32(n *Node, i int) []float32 {
	if in := &n.In[i]; in.Constant && in.Value != nil {
		return tensor.View[float32](in.Value)
	}
	return nil
}

// packedElems is about how many elements of a constant b are packed before they are let go of.
const packedElems = 1 << 20

// panels packs all matrices of b, the second input of n.
func (p *product32) panels(n *Node, b []float32) []float32 {
	size := f32kernels.PanelElems(p.level, p.k, p.n)
	if p.k*p.n == 0 {
		return nil
	}
	count := len(b) / (p.k * p.n)
	dst := make([]float32, count*size)
	for i := range count {
		p.packMatrix(n, dst[i*size:][:size], b[i*p.k*p.n:][:p.k*p.n])
	}
	if p.alpha != 1 {
		kernels.ScaleBy(dst, p.alpha)
	}
	return dst
}

// packMatrix packs one matrix of a constant b.
func (p *product32) packMatrix(n *Node, dst, b []float32) {
	width := f32kernels.Width(p.level)
	if !p.transB {
		f32kernels.PackMatrix(p.level, p.k, p.n, dst, b, p.n, false, 0, p.count())
		return
	}
	group := max(packedElems/(p.k*width), 1)
	for j := 0; j < p.count(); j += group {
		to := min(j+group, p.count())
		f32kernels.PackMatrix(p.level, p.k, p.n, dst[j*width*p.k:], b, p.k, true, j, to)
		rows := b[j*width*p.k : min(to*width, p.n)*p.k]
		packed(n, 1, tensor.BytesOf(rows))
	}
}

func (p *product32) strideB() int {
	if p.transB {
		return p.k
	}
	return p.n
}

// addend has the third input of n added, times beta. The result has at least two dimensions, and when it has more, the
// input is as large or a single row.
func (p *product32) addend(n *Node, beta float32) {
	p.third, p.beta = true, beta
	dims, out := n.In[2].Dims(), n.Out[0].Dims()
	strides := kernels.Broadcast(dims, out)
	copy(p.cStrides[:], strides[len(strides)-2:])
	p.cStack = tensor.Elems(dims) == tensor.Elems(out)
	p.cDirect = beta == 1 && p.alpha == 1 && (p.cStrides[1] == 1 || p.n == 1)
}

// activate has the activation of that name applied to the result: by the kernel when it is to keep numbers within bounds.
func (p *product32) activate(name string, params []float32) error {
	f, err := activationOf[float32](name, params)
	if err != nil || f == nil {
		return err
	}
	direct := p.alpha == 1 && (!p.third || p.cDirect)
	switch {
	case name == "Relu" && direct:
		p.clamp, p.hi = true, float32(math.Inf(1))
	case name == "Clip" && direct && params[0] <= params[1]:
		p.clamp, p.lo, p.hi = true, params[0], params[1]
	default:
		p.f = f
	}
	return nil
}

// count returns how many panels b has.
func (p *product32) count() int { return f32kernels.Count(p.level, p.n) }

// packs reports whether panels are made while the kernel runs, of at least the last columns.
func (p *product32) packs() bool { return p.b == nil && (!p.inPlace || p.ragged()) }

// ragged reports whether the last columns are fewer than fill a panel.
func (p *product32) ragged() bool { return p.n%(f32kernels.Width(p.level)/2) != 0 }

// group returns how many panels are packed at once.
func (p *product32) group() int {
	if p.inPlace {
		return 1
	}
	return min(max(groupElems/max(p.k*f32kernels.Width(p.level), 1), 1), p.count())
}

func (p *product32) work() int64 {
	return int64(tensor.Elems(p.batch)) * int64(p.m) * int64(p.n) * int64(p.k)
}

// Scratch implements [Scratcher].
func (p *product32) Scratch() int {
	elems := 0
	if p.transA {
		elems += p.m * p.k
	}
	if p.packs() {
		elems += p.group() * f32kernels.Width(p.level) * p.k
	}
	if a := p.product(nil, nil); a.Crowds(p.level) {
		elems += p.blockRows(&a) * (p.k + f32kernels.Spread)
	}
	return 4 * elems
}

// product returns the product of the given matrices.
func (p *product32) product(y, a []float32) f32kernels.Product {
	return f32kernels.Product{
		M: p.m, N: p.n, K: p.k, A: f32kernels.MatrixOf(a, p.k), C: f32kernels.MatrixOf(y, p.n), Lo: p.lo, Hi: p.hi, Clamp: p.clamp,
	}
}

// blockRows returns how many rows are computed together at most, unless there is one panel only.
func (p *product32) blockRows(of *f32kernels.Product) int {
	return min(of.Block(p.level)*f32kernels.MaxRows(p.level), p.m)
}

// byPanels reports whether the work is split along the columns of the result rather than its rows.
func (p *product32) byPanels(parts int) bool {
	if p.packs() && !p.inPlace {
		return true
	}
	matrices := tensor.Elems(p.batch)
	panels, tiles := matrices*p.count(), matrices*f32kernels.Tiles(p.level, p.m)
	longest := func(units int) int64 { return int64((units + parts - 1) / parts) }
	return longest(panels)*int64(tiles) <= longest(tiles)*int64(panels)
}

// units returns into how many shares the work on each matrix can be split.
func (p *product32) units(parts int) int {
	if p.byPanels(parts) {
		return p.count()
	}
	return f32kernels.Tiles(p.level, p.m)
}

// fastWork is how many times more work than in plain Go is done in the same time.
const fastWork = 4

// readWork is how many multiply-accumulates take as long as to read an element of b.
const readWork = 4

// effort returns about how much work the product is, in multiply-accumulates.
func (p *product32) effort() int64 {
	work := p.work()
	if p.m > 0 {
		work += readWork * work / int64(p.m)
	}
	if p.level > cpu.Portable {
		work /= 2
	}
	return work
}

// Parts implements [Splitter].
func (p *product32) Parts(threads int) int {
	return partsFor(threads, tensor.Elems(p.batch)*p.units(threads), p.effort())
}

// Run implements [Kernel].
func (p *product32) Run(c *Ctx) error { return p.RunPart(c, 0, 1) }

// RunPart implements [Splitter].
func (p *product32) RunPart(c *Ctx, part, parts int) error {
	if p.m == 0 || p.n == 0 {
		return nil
	}
	units, byPanels := p.units(parts), p.byPanels(parts)
	from, to := share(tensor.Elems(p.batch)*units, part, parts)
	r := running32{product32: p, c: c, wait: pace{c: c}, scratch: tensor.Cast[float32](c.Part(part, parts))}
	for from < to {
		i, first := from/units, from%units
		last := min(first+to-from, units)
		at := part32{matrix: i, tiles: f32kernels.Tiles(p.level, p.m), panels: p.count()}
		if byPanels {
			at.panel, at.panels = first, last
		} else {
			at.tile, at.tiles = first, last
		}
		if err := r.matrix(at); err != nil {
			return err
		}
		from += last - first
	}
	return nil
}

// part32 is a part of one matrix of the result: tiles of its rows and panels of its columns.
type part32 struct{ matrix, tile, tiles, panel, panels int }

// running32 is one part of a run of a product32.
type running32 struct {
	*product32
	c       *Ctx
	wait    pace
	scratch []float32
	spread  []float32 // for rows that are copied before they are multiplied
}

// matrix computes a part of one matrix.
func (r *running32) matrix(at part32) error {
	a, b, y := tensor.View[float32](r.c.In[0]), tensor.View[float32](r.c.In[1]), tensor.View[float32](r.c.Out[0])
	a = a[matrixAt(at.matrix, r.batch, r.strides[0])*r.m*r.k:]
	scratch := r.scratch
	if r.transA {
		f32kernels.Transpose(r.level, scratch, a, r.k, r.m)
		a, scratch = scratch[:r.m*r.k], scratch[r.m*r.k:]
	}
	p := r.product(y[at.matrix*r.m*r.n:], a)
	r.spread = nil
	if p.Crowds(r.level) {
		size := r.blockRows(&p) * (r.k + f32kernels.Spread)
		r.spread, scratch = scratch[:size], scratch[size:]
	}
	if r.cDirect {
		c := tensor.View[float32](r.c.In[2])
		if r.cStack {
			c = c[at.matrix*r.m*r.n:]
		}
		p.Add = f32kernels.MatrixOf(c, r.cStrides[0])
	}
	matrix := matrixAt(at.matrix, r.batch, r.strides[1])
	if r.b != nil {
		p.B = pointer(r.b, matrix*f32kernels.PanelElems(r.level, r.k, r.n))
		return r.rows(&p, at)
	}
	b = b[matrix*r.k*r.n:]
	end := at.panels
	if r.inPlace {
		p.B, p.LDB = pointer(b, 0), 4*r.n
		if last := r.count() - 1; r.ragged() && end > last {
			at.panels = last
		}
		if err := r.rows(&p, at); err != nil {
			return err
		}
		at.panel, p.LDB = max(at.panel, at.panels), 0
	}
	for group := r.group(); at.panel < end; at.panel = at.panels {
		at.panels = min(at.panel+group, end)
		f32kernels.PackMatrix(r.level, r.k, r.n, scratch, b, r.strideB(), r.transB, at.panel, at.panels)
		p.B, p.FirstPanel = pointer(scratch, 0), at.panel
		if err := r.rows(&p, at); err != nil {
			return err
		}
	}
	return nil
}

// pointer returns where element i of s is.
func pointer(s []float32, i int) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(s[i:]))
}

// rows computes a part of a matrix whose panels there are, looking at the context now and then.
func (r *running32) rows(p *f32kernels.Product, at part32) error {
	speed := 1
	if r.level > cpu.Portable {
		speed = fastWork
	}
	width, block := f32kernels.Width(r.level), p.Block(r.level)
	if at.panels-at.panel == 1 && r.spread == nil {
		block = max(paceWork*speed/(f32kernels.MaxRows(r.level)*width*r.k+1), block)
	}
	rows := min(block*f32kernels.MaxRows(r.level), r.m)
	group := max(paceWork*speed/(rows*width*r.k+1), 1)
	a := p.A
	if r.spread != nil {
		spread := *p
		p = &spread
	}
	for end := at.tiles; at.tile < end; at.tile = at.tiles {
		at.tiles = min(at.tile+block, end)
		if r.spread != nil {
			r.copyRows(p, a, at)
		}
		for j := at.panel; j < at.panels; j += group {
			to := min(j+group, at.panels)
			if err := r.wait.spend(rows * (to - j) * width * r.k / speed); err != nil {
				return err
			}
			p.Run(r.level, at.tile, at.tiles, j, to)
			if r.f != nil || r.alpha != 1 || r.third && !r.cDirect {
				r.finish(part32{at.matrix, at.tile, at.tiles, j, to})
			}
		}
	}
	return nil
}

// copyRows has p read the rows of some tiles from a copy, where they do not crowd.
func (r *running32) copyRows(p *f32kernels.Product, a f32kernels.Matrix, at part32) {
	all, apart := f32kernels.Tiles(r.level, r.m), r.k+f32kernels.Spread
	p.FirstRow = r.m * at.tile / all
	for i := p.FirstRow; i < r.m*at.tiles/all; i++ {
		copy(r.spread[(i-p.FirstRow)*apart:][:r.k], unsafe.Slice((*float32)(unsafe.Add(a.Data, i*a.Stride)), r.k))
	}
	p.A = f32kernels.MatrixOf(r.spread, apart)
}

// finish does what the kernel did not: it scales a part, adds the third input and applies the function.
func (r *running32) finish(at part32) {
	all, width := f32kernels.Tiles(r.level, r.m), f32kernels.Width(r.level)
	y := tensor.View[float32](r.c.Out[0])
	from, to := at.panel*width, min(at.panels*width, r.n)
	for i := r.m * at.tile / all; i < r.m*at.tiles/all; i++ {
		row := y[(at.matrix*r.m+i)*r.n:][from:to]
		switch {
		case r.third && !r.cDirect:
			c := tensor.View[float32](r.c.In[2])
			if r.cStack {
				c = c[at.matrix*r.m*r.n:]
			}
			if c = c[i*r.cStrides[0]:]; r.cStrides[1] == 0 {
				c = c[:1]
			} else {
				c = c[from:to]
			}
			kernels.AddScaled(row, c, r.alpha, r.beta)
		case r.alpha != 1:
			kernels.ScaleBy(row, r.alpha)
		}
		if r.f != nil {
			r.f(row)
		}
	}
}
