//go:build !arm

package optimize

import "github.com/brinkml/brink/inference/internal/graph"

// Swish, or SiLU, is an operator since version 24 of the standard only. Results differ by rounding.
var swish = Pass{
	Name: "swish",
	Doc:  "make one operator of a product of a value and its sigmoid",
	run: func(d *draft) int {
		return d.fuse([]string{"Mul(x,Sigmoid(x))"}, func(m *match, n *graph.Node) bool {
			*n = graph.Node{Name: n.Name, Op: "Swish", Opset: 24, In: []graph.ID{m.value('x')}, Out: n.Out}
			return true
		})
	},
}
