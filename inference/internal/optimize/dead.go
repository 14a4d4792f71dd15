package optimize

import "github.com/brinkml/brink/inference/internal/graph"

var dead = Pass{
	Name: "dead",
	Doc:  "drop what no output depends on",
	run:  dropDead,
}

func dropDead(d *draft) (changed int) {
	read := make([]bool, len(d.graph.Values))
	for _, id := range d.graph.Outputs {
		read[id] = true
	}
	for i := len(d.graph.Nodes) - 1; i >= 0; i-- {
		n := &d.graph.Nodes[i]
		needed := false
		for _, id := range n.Out {
			needed = needed || id != graph.None && read[id]
		}
		if !needed {
			d.remove(i)
			changed++
			continue
		}
		for id := range n.Reads {
			read[id] = true
		}
	}
	d.settle()
	for _, id := range d.graph.Inputs {
		read[id] = true
	}
	for i := range d.graph.Values {
		if !read[i] {
			d.graph.Values[i].Const = nil // so that its memory can go
		}
	}
	return changed
}
