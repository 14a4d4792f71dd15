//go:build !arm

package optimize

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/wire"
)

// batchNorm writes a normalisation by constants as what it does to each channel: a factor and something that is added.
func (l *layouts) batchNorm(_ int, n *graph.Node, op *ops.Node) bool {
	x := n.In[0]
	if !l.normalizes(n) || !l.image(x) || l.values[x].DType != dtype.Float32 || !l.pays(x) {
		return false
	}
	channels := int(l.values[x].Shape.Dim(1))
	var params [4][]float64
	for j := range params {
		t := l.constant(n.In[1+j])
		if t == nil || !dtype.Floats.Has(t.DType) || t.Len() != channels {
			return false
		}
		params[j] = floats(t)
	}
	scale, shift, mean, variance := params[0], params[1], params[2], params[3]
	for c := range scale {
		scale[c] /= math.Sqrt(variance[c] + float64(op.Float("epsilon")))
		shift[c] -= mean[c] * scale[c]
	}
	a, ok := rounded(dtype.Float32, scale, channels)
	b, fits := rounded(dtype.Float32, shift, channels)
	if !ok || !fits || !l.grow(8*int64(channels)) {
		return false
	}
	name := l.graph.Values[n.Out[0]].Name
	in := []graph.ID{l.last(x), l.addConstant(name+" scale", a), l.addConstant(name+" shift", b)}
	l.sync()
	l.put(graph.Node{Name: n.Name, Op: "Affine", Domain: brink, Opset: 1, In: in}, n.Out[0])
	return true
}

// activate makes a Relu part of the Affine before it, if nothing else reads what that makes.
func (l *layouts) activate(n *graph.Node) bool {
	x := n.In[0]
	if n.Op != "Relu" || n.Domain != "" || l.reads[x] != 1 || l.made[x] {
		return false
	}
	for i := len(l.nodes) - 1; i >= 0; i-- {
		m := &l.nodes[i]
		if len(m.Out) == 0 || m.Out[0] != l.twins[x] {
			continue
		}
		if m.Op != "Affine" || m.Domain != brink || len(m.Attrs) > 0 {
			return false
		}
		m.Attrs = []graph.Attr{{Name: "activation", Kind: wire.AttrString, Value: "Relu"}}
		l.twins[n.Out[0]], l.made[n.Out[0]] = l.twins[x], false
		return true
	}
	return false
}
