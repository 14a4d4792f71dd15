package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// The inputs of QuantizeLinear and DequantizeLinear.
const (
	quantX     = iota
	quantScale // one for all of x, one for each slice along an axis, or one for each block of elements along it
	quantZero  // of the same shape
)

// grain says which of the elements of a scale or zero point goes with which element of x.
type grain struct {
	single               bool // there is only one
	length, block, inner int  // of x along the axis; elements that share one; elements of x after the axis
	strides              [3]int
}

// grainOf returns the grain of input i.
func grainOf(n *Node, i int) (g grain, err error) {
	x, p := n.In[quantX].Dims(), n.In[i].Dims()
	if tensor.Elems(p) == 1 {
		return grain{single: true}, nil
	}
	axis := 0
	if n.Version.Attr("axis") == nil {
		return g, fault.Shape("input %d is %v where one element is needed", i, p)
	}
	if len(x) > 1 { // otherwise there is no choice
		if axis, err = n.axis("axis", len(x)); err != nil {
			return g, err
		}
	}
	blocked := n.Version.Attr("block_size") != nil && n.Int("block_size") != 0 && len(p) == len(x)
	if len(x) == 0 || len(p) != 1 && !blocked {
		return g, fault.Shape("input %d is %v, where x is %v", i, p, x)
	}
	g = grain{length: x[axis], block: 1, inner: tensor.Elems(x[axis+1:])}
	if !blocked {
		if p[0] != x[axis] {
			return g, fault.Shape("input %d has %d elements, where x has %d along axis %d", i, p[0], x[axis], axis)
		}
		g.strides = [3]int{0, 1, 0}
		return g, nil
	}
	block := n.Int("block_size")
	if block < 0 {
		return g, fault.Format("block_size is %d", block)
	}
	g.block = int(min(block, maxDim))
	for d, length := range p {
		want := x[d]
		if d == axis {
			want = blockCount(x[d], g.block)
		}
		if length != want {
			return g, fault.Shape("input %d is %v, where x is %v in blocks of %d along axis %d", i, p, x, block, axis)
		}
	}
	g.strides = [3]int{p[axis] * g.inner, g.inner, 1}
	return g, nil
}

// spread sets dst to the parameters that go with the elements of x from the given one on.
func (g *grain) spread(dst, params []float64, at int) {
	if g.single {
		for i := range dst {
			dst[i] = params[0]
		}
		return
	}
	for len(dst) > 0 {
		i, a, o := at%g.inner, at/g.inner%g.length, at/g.inner/g.length
		from := params[o*g.strides[0]+a/g.block*g.strides[1]:]
		var n int
		switch {
		case g.inner > 1 && g.strides[2] == 1:
			n = copy(dst[:min(g.inner-i, len(dst))], from[i:])
		case g.inner == 1 && g.block == 1:
			n = copy(dst[:min(g.length-a, len(dst))], from)
		default: // all that are left of the slice, or of the block
			n = g.inner - i
			if g.inner == 1 {
				n = min(g.block-a%g.block, g.length-a)
			}
			n = min(n, len(dst))
			for j := range dst[:n] {
				dst[j] = from[0]
			}
		}
		dst, at = dst[n:], at+n
	}
}

// quantParam is a scale or a zero point: how it lies, and where its elements are loaded to.
type quantParam struct {
	grain
	in    int // 0 when there is none
	count int
}

func newQuantParam(n *Node, i int) (quantParam, error) {
	if !n.Has(i) {
		return quantParam{grain: grain{single: true}, count: 1}, nil
	}
	g, err := grainOf(n, i)
	return quantParam{g, i, n.In[i].Len()}, err
}

// load loads the parameters to the start of scratch, 0 when there are none, and returns them and the rest.
func (p *quantParam) load(c *Ctx, scratch []float64) (params, rest []float64) {
	params = scratch[:p.count]
	if p.in == 0 {
		params[0] = 0
	} else {
		load(params, c.In[p.in].Data, c.In[p.in].DType)
	}
	return params, scratch[p.count:]
}

// quantTiles is what the kernels of QuantizeLinear and DequantizeLinear have in common: the scale and zero point of each
// element, a tile at a time.
type quantTiles struct {
	scale, zero quantParam
	scratch     int
}

func newQuantTiles(n *Node) (q quantTiles, err error) {
	if q.scale, err = newQuantParam(n, quantScale); err != nil {
		return q, err
	}
	if q.zero, err = newQuantParam(n, quantZero); err != nil {
		return q, err
	}
	q.scratch, err = scratchFor(int64(q.scale.count) + int64(q.zero.count) + 3*tile)
	return q, err
}

func (q *quantTiles) Scratch() int { return q.scratch }

// each calls f for each tile of x: with the place of its first element, and its elements, their scales and their zero
// points as float64. Prepare is called with all scales first; it may be nil.
func (q *quantTiles) each(c *Ctx, prepare func([]float64), f func(at int, x, scale, zero []float64)) error {
	scales, rest := q.scale.load(c, tensor.Cast[float64](c.Scratch))
	zeros, rest := q.zero.load(c, rest)
	if prepare != nil {
		prepare(scales)
	}
	in := c.In[quantX]
	p := pace{c: c}
	for at, n := 0, in.Len(); at < n; at += tile {
		size := min(tile, n-at)
		if err := p.spend(8 * size); err != nil {
			return err
		}
		x, scale, zero := rest[:size], rest[tile:][:size], rest[2*tile:][:size]
		load(x, in.Data[at*in.DType.Size():], in.DType)
		if at == 0 || !q.scale.single {
			q.scale.spread(rest[tile:][:size], scales, at)
		}
		if at == 0 || !q.zero.single {
			q.zero.spread(rest[2*tile:][:size], zeros, at)
		}
		f(at, x, scale, zero)
	}
	return nil
}

// single reports whether all elements have the same scale and zero point.
func (q *quantTiles) single() bool { return q.scale.single && q.zero.single }

// inBytes calls f for ranges of n elements, one after the other, until nobody wants the result.
func inBytes(c *Ctx, n int, f func(from, to int)) error {
	const step = 1 << 14
	p := pace{c: c}
	for at := 0; at < n; at += step {
		if err := p.spend(8 * min(step, n-at)); err != nil {
			return err
		}
		f(at, min(at+step, n))
	}
	return nil
}

// codeRange returns the least and greatest of the integers that have a type.
func codeRange(d dtype.DType) (least, most float64) {
	n := math.Ldexp(1, d.Bits())
	if dtype.Signed.Has(d) || d == dtype.I4 || d == dtype.I2 {
		return -n / 2, n/2 - 1
	}
	return 0, n - 1
}

// roundTo rounds numbers to those that type d, a float, has: half to even. What is too large for d, or a number of
// bfloat16 that is too small for all of its bits, stays nearly as it is.
func roundTo(v []float64, d dtype.DType) {
	bits := 0
	switch d {
	case dtype.Float32:
		for i, x := range v {
			v[i] = float64(float32(x))
		}
		return
	case dtype.F16:
		bits = 10
	case dtype.BF16:
		bits = 7
	default:
		return
	}
	const small, unit = 0x1p-14, 0x1.8p28 // below small, float16 has steps of 2^-24: the last place of unit
	drop := 52 - bits
	for i, x := range v {
		u := math.Float64bits(x)
		switch {
		case d == dtype.F16 && math.Abs(x) < small:
			v[i] = math.Copysign((math.Abs(x)+unit)-unit, x)
		case u<<1>>53 != 0x7ff:
			u += 1<<(drop-1) - 1 + u>>drop&1
			v[i] = math.Float64frombits(u >> drop << drop)
		}
	}
}
