package ops

import "github.com/brinkml/brink/inference/internal/shape"

// axesOf returns the axes that a node names: by an attribute in early versions of most operators, by an input later.
// Given is false when it names none at all, known is false when the input is not known yet.
func (n *Node) axesOf(input int) (axes []int64, given, known bool) {
	if n.Version.Attr("axes") != nil {
		axes = n.Ints("axes")
		return axes, axes != nil, true
	}
	if !n.Has(input) {
		return nil, false, true
	}
	axes, known = n.In[input].Ints()
	return axes, true, known
}

// axis resolves the axis of an attribute for a tensor of known rank.
func (n *Node) axis(name string, rank int) (int, error) { return shape.Axis(n.Int(name), rank) }
