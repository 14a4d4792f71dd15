//go:build !arm

package optimize

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
)

// convolves reports whether a node is a convolution that is faster with its channels last.
func (l *layouts) convolves(n *graph.Node) bool {
	if !(n.Op == "Conv" && n.Domain == "") && !(n.Op == "FusedConv" && n.Domain == microsoft) {
		return false
	}
	if len(n.In) < 2 || len(n.Out) == 0 {
		return false
	}
	x, w := n.In[0], n.In[1]
	return l.image(x) && l.image(n.Out[0]) && l.values[x].DType == dtype.Float32 && l.constant(w) != nil &&
		l.values[w].Shape.Rank() == l.values[x].Shape.Rank()
}

// staysFirst reports whether a convolution is as fast with its channels first, and nothing around it wants them last: each
// channel has a filter, nothing is skipped, and rows are long.
func (l *layouts) staysFirst(n *graph.Node) bool {
	const long = 64 // positions
	x, w := n.In[0], l.values[n.In[1]].Shape
	if a := attr(n, "activation"); a != nil && a != "Relu" && a != "Clip" || input(n, 3) != graph.None {
		return false
	}
	if l.twins[x] != graph.None || w.Dim(1) != 1 || w.Dim(0) == 1 || l.values[x].Shape.Dim(1) != w.Dim(0) ||
		l.values[x].Shape.Dim(w.Rank()-1) < long+w.Dim(w.Rank()-1) || l.leads(n.Out[0]) {
		return false
	}
	return !slices.ContainsFunc(n.Attrs, func(a graph.Attr) bool {
		steps, ok := a.Value.([]int64)
		return a.Name == "strides" && ok && slices.ContainsFunc(steps, func(s int64) bool { return s != 1 })
	})
}

func (l *layouts) conv(_ int, n *graph.Node, _ *ops.Node) bool {
	if !l.convolves(n) || l.staysFirst(n) {
		return false
	}
	in := []graph.ID{l.last(n.In[0])}
	for j := 1; j < len(n.In); j++ {
		id := n.In[j]
		if j == 3 && id != graph.None {
			id = l.last(id)
		}
		in = append(in, id)
	}
	l.put(graph.Node{Name: n.Name, Op: "Conv", Domain: brink, Opset: 1, In: in, Attrs: n.Attrs}, n.Out[0])
	return true
}
