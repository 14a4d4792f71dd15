//go:build !arm

package optimize

import (
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

func (l *layouts) conv(_ int, n *graph.Node, _ *ops.Node) bool {
	if !l.convolves(n) {
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
