//go:build !arm

package optimize

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/wire"
)

// LayerNormalization is an operator since version 17 of the standard. Results differ by rounding.
var layernorm = Pass{
	Name: "layernorm",
	Doc:  "make one operator of the nodes that normalise rows, and of a sum of two values that is normalised",
	run:  func(d *draft) int { return fuseLayerNorm(d) + fuseSkip(d) },
}

var normOfRows = []string{
	"Add(Mul(Div(d=Sub(x,ReduceMean(x)),Sqrt(Add(ReduceMean(Pow(d,2)),e))),g),b)",
	"Add(Mul(Div(d=Sub(x,ReduceMean(x)),Sqrt(Add(ReduceMean(Mul(d,d)),e))),g),b)",
}

func fuseLayerNorm(d *draft) int {
	return d.fuse(normOfRows, func(m *match, n *graph.Node) bool {
		epsilon, ok := d.scalar(m.value('e'))
		x := m.value('x')
		if !ok || !d.row(x, m.value('g')) || !d.row(x, m.value('b')) {
			return false
		}
		for _, at := range m.nodes {
			if mean := d.node(int(at)); mean.Op == "ReduceMean" && !d.meanOfRows(mean) {
				return false
			}
		}
		*n = graph.Node{
			Name: n.Name, Op: "LayerNormalization", Opset: 17, In: []graph.ID{x, m.value('g'), m.value('b')}, Out: n.Out,
			Attrs: []graph.Attr{{Name: "epsilon", Kind: wire.AttrFloat, Value: float32(epsilon)}},
		}
		return true
	})
}

// row reports whether a value is a constant with one element for each of a row of x.
func (d *draft) row(x, id graph.ID) bool {
	t, s := d.constant(id), d.values[x].Shape
	if t == nil || t.DType != dtype.Float32 || !s.Ranked() || s.Rank() == 0 {
		return false
	}
	width := s.Dim(-1)
	return width.Known() && len(t.Shape) == 1 && int64(t.Shape[0]) == int64(width)
}

// meanOfRows reports whether a ReduceMean goes along the last axis, and keeps it.
func (d *draft) meanOfRows(n *graph.Node) bool {
	op := d.op(n)
	axes, known := []int64(nil), true
	if op.Version.Attr("axes") != nil {
		axes = op.Ints("axes")
	} else {
		axes, known = d.ints(input(n, 1))
	}
	rank := d.values[n.In[0]].Shape.Rank()
	return known && op.Flag("keepdims") && (slices.Equal(axes, []int64{-1}) || slices.Equal(axes, []int64{int64(rank) - 1}))
}

// fuseSkip makes com.microsoft's SkipLayerNormalization of a LayerNormalization of a sum. That takes the place of the sum,
// which others may read as well.
func fuseSkip(d *draft) (changed int) {
	makers, uses := d.makers(), d.uses()
	for i := range d.graph.Nodes {
		n := d.node(i)
		op := d.op(n, "LayerNormalization")
		if op == nil || len(n.In) != 3 || len(n.Out) != 1 || makers[n.In[0]] < 0 {
			continue
		}
		sum := d.node(int(makers[n.In[0]]))
		x := n.In[0]
		if d.op(sum, "Add") == nil || len(sum.In) != 2 || len(sum.Out) != 1 || d.values[x].DType != dtype.Float32 ||
			!d.sameShape(sum.In[0], sum.In[1]) || !d.row(x, n.In[1]) || !d.row(x, n.In[2]) {
			continue
		}
		if axis := op.Int("axis"); axis != -1 && axis != int64(d.values[x].Shape.Rank()-1) {
			continue
		}
		out := []graph.ID{n.Out[0]}
		if uses[x] > 1 {
			out = append(out, graph.None, graph.None, x)
		}
		*sum = graph.Node{
			Name: n.Name, Op: "SkipLayerNormalization", Domain: "com.microsoft", Opset: 1,
			In: []graph.ID{sum.In[0], sum.In[1], n.In[1], n.In[2]}, Out: out,
			Attrs: []graph.Attr{{Name: "epsilon", Kind: wire.AttrFloat, Value: op.Float("epsilon")}},
		}
		d.remove(i)
		changed++
	}
	d.settle()
	return changed
}
