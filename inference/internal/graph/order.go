package graph

import "github.com/brinkml/brink/inference/internal/fault"

// order puts g's nodes in an order in which each comes after those it reads from, keeping the file's order where
// that is one already, as the standard asks. Nodes that read from each other in a circle are a *fault.FormatError.
func order(g *Graph) error {
	maker := make([]int, len(g.Values)) // of each value, its node, or -1
	for i := range maker {
		maker[i] = -1
	}
	for i := range g.Nodes {
		for _, id := range g.Nodes[i].Out {
			if id != None {
				maker[id] = i
			}
		}
	}
	waiting := make([]int, len(g.Nodes)) // of each node, the reads that are not made yet
	readers := make([][]int32, len(g.Nodes))
	sorted := true
	for i := range g.Nodes {
		for id := range g.Nodes[i].Reads {
			if m := maker[id]; m >= 0 {
				waiting[i]++
				readers[m] = append(readers[m], int32(i))
				sorted = sorted && m < i
			}
		}
	}
	if sorted {
		return nil
	}
	ready := make([]int, 0, len(g.Nodes))
	for i, n := range waiting {
		if n == 0 {
			ready = append(ready, i)
		}
	}
	nodes := make([]Node, 0, len(g.Nodes))
	for at := 0; at < len(ready); at++ {
		i := ready[at]
		nodes = append(nodes, g.Nodes[i])
		for _, r := range readers[i] {
			if waiting[r]--; waiting[r] == 0 {
				ready = append(ready, int(r))
			}
		}
	}
	if len(nodes) < len(g.Nodes) {
		for i, n := range waiting {
			if n > 0 {
				return fault.Format("node %q (%s) waits for its own output: the graph has a cycle",
					g.Display(&g.Nodes[i]), g.Nodes[i].Op)
			}
		}
	}
	g.Nodes = nodes
	return nil
}
