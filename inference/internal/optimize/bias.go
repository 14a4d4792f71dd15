package optimize

import (
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
)

// The sum with a constant is rounded once, and not at each run: results may differ in the last bits.
var bias = Pass{
	Name: "bias",
	Doc:  "make a constant that is added to each channel of a convolution or matrix product part of it",
	run:  foldBias,
}

func foldBias(d *draft) (changed int) {
	makers, uses := d.makers(), d.uses()
	for i := range d.graph.Nodes {
		n := d.node(i)
		op := d.op(n, "Add", "Sub")
		if op == nil || len(n.In) != 2 {
			continue
		}
		x, c := n.In[0], n.In[1]
		if d.constant(c) == nil && n.Op == "Add" {
			x, c = c, x
		}
		m := makers[x]
		if m < 0 || uses[x] != 1 || d.constant(c) == nil {
			continue
		}
		if l, ok := d.layer(int(m)); ok && l.add(n, op, c) {
			makers[n.Out[0]] = m
			d.remove(i)
			changed++
		}
	}
	d.settle()
	return changed
}

// add makes part of the layer what n, an Add or a Sub, does to its output with the constant c, if it can be.
func (l *layer) add(n *graph.Node, op *ops.Node, c graph.ID) bool {
	t := l.constant(c)
	v := l.perChannel(n, op, c, l.rank, l.channels)
	if v == nil || t.DType != l.weights.DType || !l.grow(l.bytes(false)) {
		return false
	}
	sum := l.biases()
	for i := range sum {
		if n.Op == "Sub" {
			v[i] = -v[i]
		}
		sum[i] += v[i]
	}
	b, ok := rounded(t.DType, sum, l.channels)
	if ok {
		l.become(nil, b, n.Out[0])
	}
	return ok
}
