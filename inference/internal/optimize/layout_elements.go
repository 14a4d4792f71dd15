//go:build !arm

package optimize

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// elementwise has an operator that does not care how its input is laid out read the twin.
func (l *layouts) elementwise(n *graph.Node) bool {
	x := n.In[0]
	if !l.image(x) || !l.pays(x) {
		return false
	}
	if l.activate(n) {
		return true
	}
	m := *n
	m.In = slices.Clone(n.In)
	m.In[0] = l.last(x)
	for _, id := range m.In[1:] {
		if id != graph.None {
			l.make(id)
		}
	}
	l.put(m, n.Out[0])
	return true
}

// broadcast has an operator on several inputs that broadcast to its output read their twins.
func (l *layouts) broadcast(_ int, n *graph.Node, op *ops.Node) bool {
	y := n.Out[0]
	if !l.image(y) || !l.pays(n.In...) {
		return false
	}
	rank := l.values[y].Shape.Rank()
	consts := make([]*tensor.Tensor, len(n.In)) // those to be laid out, as they broadcast by today's rules
	for j, id := range n.In {
		s := l.values[id].Shape
		switch c := l.constant(id); {
		case !s.Ranked():
			return false
		case c != nil && c.Len() != 1:
			if consts[j] = l.aligned(c, n, op, j, rank); consts[j] == nil {
				return false
			}
		case s.Rank() == rank, s.Elems(0, s.Rank()) == 1 && s.Rank() < rank:
		default:
			return false
		}
	}
	m := *n
	m.In = slices.Clone(n.In)
	if op.Version.Attr("broadcast") != nil || op.Version.Since < 7 {
		m.Opset, m.Attrs = modern, nil
	}
	for j, id := range n.In {
		switch c := consts[j]; {
		case c != nil:
			t, ok := l.relay(c, rank, l.graph.Values[id].Name)
			if !ok {
				return false
			}
			m.In[j] = t
		case l.constant(id) == nil && l.values[id].Shape.Rank() == rank:
			m.In[j] = l.last(id)
		default:
			l.make(id)
		}
	}
	l.put(m, y)
	return true
}

// aligned returns a constant, input j of a node, with as many dimensions as broadcasting to some rank gives it; nil when
// that cannot be told.
func (l *layouts) aligned(c *tensor.Tensor, n *graph.Node, op *ops.Node, j, rank int) *tensor.Tensor {
	dims := c.Shape
	switch {
	case len(dims) > rank:
		return nil
	case n.Op == "PRelu" && op.Version.Since < 7 && len(dims) == 1:
		for len(dims) < rank-1 {
			dims = append(dims[:len(dims):len(dims)], 1)
		}
	case op.Version.Attr("broadcast") != nil && op.Flag("broadcast"):
		if j != 1 {
			return nil
		}
		if op.HasAttr("axis") {
			axis := op.Int("axis")
			if axis < 0 {
				axis += int64(rank)
			}
			for int64(rank)-axis > int64(len(dims)) && len(dims) < rank {
				dims = append(dims[:len(dims):len(dims)], 1)
			}
		}
	case op.Version.Since < 7 && len(dims) != rank: // nothing broadcasts
		return nil
	}
	moved := *c
	moved.Shape = dims
	return &moved
}
