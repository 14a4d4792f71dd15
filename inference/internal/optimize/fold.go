package optimize

import (
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// Constants are computed by the checker while it looks at the program, within its bounds of growth and work: this pass
// keeps what it computed, so that it is done once.
var fold = Pass{
	Name: "fold",
	Doc:  "compute what follows from constants alone, once, unless the result is much larger",
	run:  func(d *draft) int { return d.keepKnown(true) },
}

// keepKnown makes initializers of what is known ahead of a run, either constant or not, and returns the number of nodes
// that are no longer needed.
func (d *draft) keepKnown(constant bool) (changed int) {
	for i := range d.graph.Nodes {
		n := &d.graph.Nodes[i]
		if !d.known(n, constant) || !d.grow(d.made(n)) {
			continue
		}
		for _, id := range n.Out {
			if id != graph.None {
				d.graph.Values[id].Const, d.values[id].Constant = d.values[id].Known, true
			}
		}
		d.remove(i)
		changed++
	}
	d.settle()
	return changed
}

// known reports whether all outputs of n are known, and constant or not as asked.
func (d *draft) known(n *graph.Node, constant bool) bool {
	some := false
	for _, id := range n.Out {
		if id == graph.None {
			continue
		}
		if v := &d.values[id]; v.Known == nil || v.Constant != constant {
			return false
		}
		some = true
	}
	return some
}

// made returns the bytes of the outputs of n that lie nowhere else.
func (d *draft) made(n *graph.Node) (bytes int64) {
	_, v := ops.Lookup(n.Domain, n.Op, n.Opset)
	if len(n.In) == 0 || v.View {
		return 0
	}
	for _, id := range n.Out {
		if id != graph.None {
			t := d.values[id].Known
			size, _ := tensor.Bytes(t.DType, t.Shape)
			bytes += size
		}
	}
	return bytes
}
