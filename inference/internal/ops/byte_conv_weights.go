package ops

import (
	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels/i8"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// fixedWeights reports whether the weights and their zero points are constant.
func (k *byteConv) fixedWeights(n *Node) bool {
	_, w := fixedInput(n, k.in.w)
	_, zero := fixedInput(n, k.in.wZero)
	return w && zero
}

// fixedInput returns an input, nil when there is none, and whether that never changes.
func fixedInput(n *Node, i int) (*tensor.Tensor, bool) {
	if i < 0 || !n.Has(i) {
		return nil, true
	}
	return n.In[i].Value, n.In[i].Constant
}

// prepare packs constant weights, and computes the parameters if all that they depend on is constant.
func (k *byteConv) prepare(n *Node) {
	if !k.fixedWeights(n) {
		return
	}
	w, _ := fixedInput(n, k.in.w)
	zero, _ := fixedInput(n, k.in.wZero)
	type layout struct {
		zero   *tensor.Tensor
		shape  byteConvLayout
		filter bool
	}
	shape := byteConvLayout{k.level, k.groups, k.merged() && !k.depthwise, k.kernel}
	k.weights = pack(n, k.in.w, layout{zero, shape, k.depthwise}, func() *byteWeights {
		if k.depthwise {
			m := k.matrix(w, zero, w.Data, 0)
			m.NTaps, m.K, m.N, m.Tap, m.Row, m.Column = k.tapCount(), 1, k.groups, 1, 0, k.tapCount()
			return &byteWeights{filter: i8.PackFilters(k.level, &m)}
		}
		order := make([]byte, len(w.Data))
		k.orderWeights(order, w.Data)
		out := &byteWeights{}
		for g := range k.groups {
			m := k.matrix(w, zero, order, g)
			parts := m.Parts(k.level)
			data := make([]byte, i8.PanelBytes(k.level, m.NTaps, m.K, m.N, parts))
			out.panels = append(out.panels, i8.Pack(k.level, &m, parts, data, make([]int32, i8.Columns(k.level, m.N))))
		}
		return out
	})
	if k.depthwise {
		k.taps = k.weights.filter.Taps(k.taps)
	}
	for i := range n.In {
		if _, constant := fixedInput(n, i); !constant && i != k.in.x {
			return
		}
	}
	k.params = &byteParams{bias: make([]int32, k.columns()), scale: make([]float32, k.columns())}
	in := func(i int) *tensor.Tensor {
		t, _ := fixedInput(n, i)
		return t
	}
	for g := range k.groups {
		k.fill(k.params, in, n.In[k.in.x].DType, n.Out[0].DType, k.weights.sums(g), g)
	}
}

// byteConvLayout is what the layout of weights depends on.
type byteConvLayout struct {
	level  cpu.Level
	groups int
	merged bool
	kernel [3]int
}

// sums returns the sums of the weights of each filter of a group.
func (w *byteWeights) sums(g int) []int32 {
	if w.filter != nil {
		return w.filter.Sums[g:]
	}
	return w.panels[g].Sums
}

// orderWeights lays weights out with the channels of each tap together.
func (k *byteConv) orderWeights(dst, src []byte) {
	taps := k.tapCount()
	for f := range k.results() {
		at := f * k.own * taps
		i8.Transpose(k.level, dst[at:], k.own, src[at:], taps, k.own, taps)
	}
}

// matrix returns the matrix of the filters of a group, whose weights are in order.
func (k *byteConv) matrix(w, zero *tensor.Tensor, order []byte, g int) i8.Matrix {
	taps := k.tapCount()
	m := i8.Matrix{
		NTaps: taps, K: k.own, N: k.filters, Tap: k.own, Row: 1, Column: taps * k.own,
		Data: order[g*k.filters*taps*k.own:], Signed: w.DType == dtype.Int8,
	}
	if k.merged() {
		m.NTaps, m.K = taps/k.kernel[2], k.own*k.kernel[2]
		m.Tap = m.K
	}
	if zero != nil {
		m.Zeros = zero.Data
		if zero.Len() > 1 {
			m.Zeros, m.ZeroColumn = zero.Data[g*k.filters:], 1
		}
	}
	return m
}

// fill computes the parameters of a group from the inputs that in returns.
func (k *byteConv) fill(p *byteParams, in func(i int) *tensor.Tensor, from, to dtype.DType, sums []int32, g int) {
	zero := int32(zeroOf(in(k.in.xZero), 0))
	if from == dtype.Int8 {
		zero += 128 // its sign bit is turned over
	}
	bias, scales := in(k.in.bias), in(k.in.wScale)
	xScale, yScale := scaleOf(in(k.in.xScale), 0), scaleOf(in(k.in.yScale), 0)
	first := g * (k.columns() / k.groups)
	for j := range k.filters {
		f, at := g*k.filters+j, first+j
		if k.depthwise {
			at = k.weights.filter.Place(f)
		}
		p.bias[at] = -zero * sums[j]
		if bias != nil {
			p.bias[at] += tensor.View[int32](bias)[f]
		}
		if scales != nil {
			p.scale[at] = xScale * scaleOf(scales, lineOf(scales, f)) / yScale
		}
	}
	p.lo, p.hi, p.zero = byteBounds(in(k.in.yZero), to)
}

// byteBounds returns between what results of type d lie before their zero point is added, and that.
func byteBounds(zero *tensor.Tensor, d dtype.DType) (lo, hi float32, z int32) {
	if d.Size() > 1 {
		return 0, 0, 0
	}
	least, most := codeRange(d)
	at := zeroOf(zero, 0)
	return float32(least - at), float32(most - at), int32(at)
}
