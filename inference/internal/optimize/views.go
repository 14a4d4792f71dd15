package optimize

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
)

// maxViews is how many views of views are looked through.
const maxViews = 8

// viewed returns what a value is a view of: the same elements under another shape. Views whose shape is only known
// during a run do not count: it may not fit.
func (p *passing) viewed(id graph.ID) (graph.ID, bool) {
	m := p.makers[id]
	if m < 0 {
		return id, false
	}
	n := &p.graph.Nodes[m]
	op := p.op(n)
	if op == nil || !op.Version.View {
		return id, false
	}
	for _, in := range n.In[1:] {
		if in != graph.None && p.values[in].Known == nil {
			return id, false
		}
	}
	return p.read(n.In[0]), true
}

// unviewed returns the value of which y, a view of x, has the shape again, or None.
func (p *passing) unviewed(y, x graph.ID) graph.ID {
	for range maxViews {
		if p.sameShape(x, y) {
			return x
		}
		var ok bool
		if x, ok = p.viewed(x); !ok {
			break
		}
	}
	return graph.None
}

// joinReshapes has a Reshape read what its input is a view of, if the shape that it gives does not depend on its input's.
func (p *passing) joinReshapes(n *graph.Node, op *ops.Node) bool {
	to, known := p.ints(input(n, 1))
	if !known || slices.Contains(to, 0) && !(op.Version.Attr("allowzero") != nil && op.Flag("allowzero")) {
		return false
	}
	from, ok := p.viewed(n.In[0])
	for range maxViews {
		if next, more := p.viewed(from); ok && more {
			from = next
		}
	}
	if ok {
		n.In = []graph.ID{from, n.In[1]}
	}
	return ok
}
