//go:build !arm

package optimize

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/wire"
)

var qlayout = Pass{
	Name: "qlayout",
	Doc:  "keep the channels of quantized images together from one convolution to the next",
	run:  layOutQuantized,
}

func layOutQuantized(d *draft) (changed int) {
	makers, uses := d.makers(), d.uses()
	within := make([]int32, len(uses)) // how often a convolution reads a value as its image
	for i := range d.graph.Nodes {
		if n := &d.graph.Nodes[i]; isQuantizedConv(n) {
			within[n.In[0]]++
		}
	}
	count := len(within)
	for id := range count {
		if makers[id] < 0 || within[id] == 0 || within[id] != uses[id] || !isQuantizedConv(&d.graph.Nodes[makers[id]]) || d.laidOut(int(makers[id]), "y_last") {
			continue
		}
		to := d.addValue(d.graph.Values[id].Name, graph.Type{})
		d.layOut(int(makers[id]), "y_last")
		d.graph.Nodes[makers[id]].Out = []graph.ID{to}
		for i := range d.graph.Nodes {
			if n := &d.graph.Nodes[i]; isQuantizedConv(n) && n.In[0] == graph.ID(id) {
				d.layOut(i, "x_last")
				d.graph.Nodes[i].In = slices.Clone(d.graph.Nodes[i].In)
				d.graph.Nodes[i].In[0] = to
			}
		}
		changed++
	}
	d.settle()
	return changed
}

func isQuantizedConv(n *graph.Node) bool {
	return n.Op == "QLinearConv" && (n.Domain == "" || n.Domain == "brink")
}

// laidOut reports whether node i has an attribute of brink's QLinearConv.
func (d *draft) laidOut(i int, attr string) bool {
	return slices.ContainsFunc(d.graph.Nodes[i].Attrs, func(a graph.Attr) bool { return a.Name == attr })
}

// layOut makes node i one of brink's, with an attribute.
func (d *draft) layOut(i int, attr string) {
	n := &d.graph.Nodes[i]
	n.Domain, n.Opset = "brink", 1
	n.Attrs = append(slices.Clone(n.Attrs), graph.Attr{Name: attr, Kind: wire.AttrInt, Value: int64(1)})
}
