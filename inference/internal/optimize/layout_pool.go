//go:build !arm

package optimize

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/shape"
)

// pool writes operators that have a twin of their name for images whose channels are last.
func (l *layouts) pool(_ int, n *graph.Node, _ *ops.Node) bool {
	x := n.In[0]
	if !l.image(x) || l.values[x].DType != dtype.Float32 || !l.pays(x) ||
		slices.ContainsFunc(n.Out[1:], func(id graph.ID) bool { return id != graph.None && l.reads[id] > 0 }) {
		return false
	}
	l.put(graph.Node{Name: n.Name, Op: n.Op, Domain: brink, Opset: 1, In: []graph.ID{l.last(x)}, Attrs: n.Attrs}, n.Out[0])
	return true
}

// mean writes a ReduceMean over all pixels of each channel as the pooling that it is.
func (l *layouts) mean(_ int, n *graph.Node, op *ops.Node) bool {
	x, y := n.In[0], n.Out[0]
	if !l.image(x) || l.values[x].DType != dtype.Float32 || !l.pays(x) {
		return false
	}
	var axes []int64
	if op.Version.Attr("axes") != nil {
		axes = op.Ints("axes")
	} else {
		axes, _ = l.ints(input(n, 1))
	}
	rank := l.values[x].Shape.Rank()
	var seen [4]bool
	for _, a := range axes {
		at, err := shape.Axis(a, rank)
		if err != nil || at < 2 || seen[at] {
			return false
		}
		seen[at] = true
	}
	if len(axes) != rank-2 {
		return false
	}
	pool := graph.Node{Name: n.Name, Op: "GlobalAveragePool", Domain: brink, Opset: 1, In: []graph.ID{l.last(x)}}
	if op.Flag("keepdims") {
		l.put(pool, y)
		return true
	}
	s := l.values[x].Shape
	dims := slices.Repeat([]shape.Dim{1}, rank)
	dims[0], dims[rank-1] = s.Dim(0), s.Dim(1)
	mean := l.addValue(l.graph.Values[y].Name+" channels last", dtype.Float32, dims)
	pool.Out = []graph.ID{mean}
	flat := graph.Node{Op: "Reshape", Opset: modern, In: []graph.ID{mean, l.addInts([]int64{0, -1})}, Out: []graph.ID{y}}
	l.sync()
	l.nodes = append(l.nodes, pool, flat)
	return true
}
