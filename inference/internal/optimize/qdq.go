//go:build !arm

package optimize

import (
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// Results may differ by one in the last place of a quantized number: floats in between are no longer rounded.
var qdq = Pass{
	Name: "qdq",
	Doc:  "compute with integers what is dequantized, computed with, and quantized again",
	run:  foldQDQ,
}

func foldQDQ(d *draft) (changed int) {
	q := quantizer{d, d.makers(), d.uses()}
	for i := range d.graph.Nodes {
		n := d.node(i)
		if op := d.op(n, "QuantizeLinear"); op != nil && q.quantize(i, n, op) {
			changed++
		}
	}
	d.settle()
	return changed
}

// quantizer finds what lies between DequantizeLinear and QuantizeLinear.
type quantizer struct {
	*draft
	made  []int32 // by graph.ID: the node
	reads []int32 // by graph.ID
}

// coded is what is known of a quantized value: real = (code - zero) * scale.
type coded struct {
	code, scaleID, zeroID graph.ID // zeroID may be None
	scale, zero           *tensor.Tensor
	d                     dtype.DType
	axis                  int64
}

// params finds the scale and zero point of n, a QuantizeLinear or DequantizeLinear.
func (q *quantizer) params(n *graph.Node, op *ops.Node) (c coded, ok bool) {
	for _, name := range []string{"block_size", "precision"} {
		if op.Version.Attr(name) != nil && op.Int(name) != 0 {
			return c, false
		}
	}
	c.scaleID, c.zeroID = input(n, 1), input(n, 2)
	c.scale, c.zero = q.constant(c.scaleID), q.constant(c.zeroID)
	if c.scale == nil || c.scale.DType != dtype.Float32 || c.zeroID != graph.None && (c.zero == nil || c.zero.Len() != c.scale.Len()) {
		return c, false
	}
	for _, s := range tensor.View[float32](c.scale) {
		if !(s > 0) || s > math.MaxFloat32 {
			return c, false
		}
	}
	if op.Version.Attr("axis") != nil {
		c.axis = op.Int("axis")
	}
	return c, true
}

// single reports whether there is one scale for all, as a code of eight bits has it.
func (c *coded) single() bool { return c.scale.Len() == 1 && isByte(c.d) }

func isByte(d dtype.DType) bool { return d == dtype.Uint8 || d == dtype.Int8 }

// same reports whether two values are quantized alike.
func (c *coded) same(o *coded) bool {
	return c.d == o.d && c.single() && o.single() && c.by() == o.by() && c.at() == o.at()
}

// by and at return the only scale and the only zero point.
func (c *coded) by() float32 { return tensor.View[float32](c.scale)[0] }

func (c *coded) at() int { return c.zeroAt(0) }

// zeroAt returns the i-th zero point.
func (c *coded) zeroAt(i int) int {
	switch {
	case c.zero == nil:
		return 0
	case c.d == dtype.Int8:
		return int(int8(c.zero.Data[i]))
	}
	return int(c.zero.Data[i])
}

// dequantized returns what a float32 is the dequantized value of.
func (q *quantizer) dequantized(id graph.ID) (c coded, ok bool) {
	if id == graph.None || q.made[id] < 0 {
		return c, false
	}
	n := q.node(int(q.made[id]))
	op := q.op(n, "DequantizeLinear")
	if op == nil || q.values[id].DType != dtype.Float32 {
		return c, false
	}
	if c, ok = q.params(n, op); !ok {
		return c, false
	}
	c.code, c.d = n.In[0], q.values[n.In[0]].DType
	return c, true
}

// quantize finds what node i, a QuantizeLinear, quantizes, and has it made of integers if it can be.
func (q *quantizer) quantize(i int, n *graph.Node, op *ops.Node) bool {
	y, ok := q.params(n, op)
	if !ok || q.values[n.In[0]].DType != dtype.Float32 {
		return false
	}
	if y.code, y.d = n.Out[0], q.values[n.Out[0]].DType; !y.single() {
		return false
	}
	x := n.In[0]
	for q.reads[x] == 1 && q.made[x] >= 0 {
		m := q.node(int(q.made[x]))
		if !q.saturates(m, &y) {
			break
		}
		x = m.In[0]
	}
	if q.made[x] < 0 || q.reads[x] != 1 {
		return false
	}
	m := q.node(int(q.made[x]))
	made := graph.Node{Name: m.Name, Opset: n.Opset, Out: n.Out}
	switch op := q.op(m, "Conv", "MatMul", "Gemm"); {
	case op == nil:
		if x != n.In[0] || !q.moves(m, &made, &y) {
			return false
		}
	case m.Op == "Conv":
		if !q.conv(m, &made, &y) {
			return false
		}
	default:
		if !q.product(m, op, &made, &y) {
			return false
		}
	}
	q.graph.Nodes[i] = made
	return true
}

// saturates reports whether m cuts off nothing but what y cannot hold anyway.
func (q *quantizer) saturates(m *graph.Node, y *coded) bool {
	least, most := 0, 255
	if y.d == dtype.Int8 {
		least, most = -128, 127
	}
	lo, hi := float64(0), math.Inf(1)
	switch op := q.op(m, "Relu", "Clip"); {
	case op == nil:
		return false
	case m.Op == "Clip":
		lo = math.Inf(-1)
		if op.Version.Attr("min") != nil {
			lo, hi = float64(op.Float("min")), float64(op.Float("max"))
			break
		}
		for j, to := range []*float64{&lo, &hi} {
			id := input(m, 1+j)
			if id == graph.None {
				continue
			}
			t := q.constant(id)
			if t == nil || t.DType != dtype.Float32 || t.Len() != 1 {
				return false
			}
			*to = float64(tensor.View[float32](t)[0])
		}
	}
	code := func(v float64) float64 { return math.RoundToEven(v/float64(y.by())) + float64(y.at()) }
	return lo < hi && code(lo) <= float64(least) && code(hi) >= float64(most)
}

// moves makes a node that does to codes what m does to floats, for operators that only move and choose elements.
func (q *quantizer) moves(m, made *graph.Node, y *coded) bool {
	if q.op(m, "MaxPool", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Identity", "Slice", "Concat") == nil {
		return false
	}
	if m.Op == "MaxPool" && (m.Opset < 12 || len(m.Out) > 1) {
		return false
	}
	count := 1
	if m.Op == "Concat" {
		count = len(m.In)
	}
	made.Op, made.Opset, made.Attrs, made.In = m.Op, m.Opset, m.Attrs, slices.Clone(m.In)
	for j := range count {
		x, ok := q.dequantized(m.In[j])
		if !ok || !x.same(y) {
			return false
		}
		made.In[j] = x.code
	}
	return true
}

// zeroOf returns the zero point of c as a value, one for each scale.
func (q *quantizer) zeroOf(c *coded) graph.ID {
	if c.zeroID == graph.None {
		c.zeroID = q.addConstant("zero point", tensor.New(c.d, c.scale.Shape))
	}
	return c.zeroID
}

// conv makes a QLinearConv of m, a Conv.
func (q *quantizer) conv(m, made *graph.Node, y *coded) bool {
	x, ok := q.dequantized(m.In[0])
	w, ok2 := q.dequantized(m.In[1])
	if !ok || !ok2 || !x.single() || !isByte(w.d) {
		return false
	}
	weights := q.constant(w.code)
	if weights == nil || len(weights.Shape) < 3 || weights.Len() == 0 || w.scale.Len() != 1 && (w.axis != 0 || w.scale.Len() != weights.Shape[0]) {
		return false
	}
	made.Op, made.Attrs = "QLinearConv", m.Attrs
	made.In = []graph.ID{x.code, x.scaleID, q.zeroOf(&x), w.code, w.scaleID, q.zeroOf(&w), y.scaleID, q.zeroOf(y)}
	return q.addBias(made, input(m, 2), &x, &w, weights.Shape[0])
}

// product makes a QLinearMatMul, or one with a bias, of m, a MatMul or Gemm.
func (q *quantizer) product(m *graph.Node, op *ops.Node, made *graph.Node, y *coded) bool {
	a, ok := q.dequantized(m.In[0])
	b, ok2 := q.dequantized(m.In[1])
	if !ok || !ok2 || !a.single() || !isByte(b.d) {
		return false
	}
	bias := graph.None
	weights := q.constant(b.code)
	if m.Op == "Gemm" {
		if op.Float("alpha") != 1 || op.Float("beta") != 1 || op.Flag("transA") || weights == nil || len(weights.Shape) != 2 {
			return false
		}
		bias = input(m, 2)
		if op.Flag("transB") {
			b.axis = 1 - b.axis
			if !q.grow(int64(weights.Len())) {
				return false
			}
			rows, cols := weights.Shape[0], weights.Shape[1]
			turned := tensor.New(weights.DType, []int{cols, rows})
			for i, v := range weights.Data {
				turned.Data[i%cols*rows+i/cols] = v
			}
			weights = turned
			b.code = q.addConstant("weights", turned)
		}
	}
	if b.scale.Len() != 1 && (weights == nil || len(weights.Shape) != 2 || b.axis != 1 && b.axis != -1 || b.scale.Len() != weights.Shape[1]) {
		return false
	}
	made.Op = "QLinearMatMul"
	made.In = []graph.ID{a.code, a.scaleID, q.zeroOf(&a), b.code, b.scaleID, q.zeroOf(&b), y.scaleID, q.zeroOf(y)}
	if bias == graph.None {
		return true
	}
	made.Op, made.Domain, made.Opset = "QGemm", "brink", 1
	return q.addBias(made, bias, &a, &b, weights.Shape[1])
}

// addBias adds a bias as integers, in units of the product of both scales.
func (q *quantizer) addBias(made *graph.Node, id graph.ID, x, w *coded, channels int) bool {
	if id == graph.None {
		return true
	}
	floats, ok := q.reals(id)
	if !ok || len(floats) != channels || !q.grow(int64(4*channels)) {
		return false
	}
	t := tensor.New(dtype.Int32, []int{channels})
	scales := tensor.View[float32](w.scale)
	for i, v := range floats {
		v = math.RoundToEven(v / (float64(x.by()) * float64(scales[min(i, len(scales)-1)])))
		if !(math.Abs(v) < 1<<30) {
			return false
		}
		tensor.View[int32](t)[i] = int32(v)
	}
	made.In = append(made.In, q.addConstant("bias", t))
	return true
}

// reals returns the elements of a constant, or of one that is dequantized.
func (q *quantizer) reals(id graph.ID) ([]float64, bool) {
	if c, ok := q.dequantized(id); ok && c.d == dtype.Int32 {
		t := q.constant(c.code)
		if t == nil || c.zero != nil && slices.ContainsFunc(tensor.View[int32](c.zero), func(z int32) bool { return z != 0 }) {
			return nil, false
		}
		scales := tensor.View[float32](c.scale)
		if len(scales) != 1 && (len(t.Shape) != 1 || len(scales) != t.Len()) {
			return nil, false
		}
		out := make([]float64, t.Len())
		for i, v := range tensor.View[int32](t) {
			out[i] = float64(v) * float64(scales[min(i, len(scales)-1)])
		}
		return out, true
	}
	t := q.constant(id)
	if t == nil || t.DType != dtype.Float32 {
		return nil, false
	}
	return floats(t), true
}
