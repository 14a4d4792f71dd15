//go:build !arm

package optimize_test

import (
	"testing"

	"github.com/brinkml/brink/inference/internal/wire"
)

// attentionNodes is the attention of a 2-head transformer over rows of 8, as exporters write it; scale is the node that
// scales the scores s, giving p.
func attentionNodes(scale *wire.Node) []*wire.Node {
	swap := integers("perm", 0, 2, 1, 3)
	return []*wire.Node{
		node("MatMul", "x wq", "q"), node("Reshape", "q apart", "q4"), node("Transpose", "q4", "qh", swap),
		node("MatMul", "x wk", "k"), node("Reshape", "k apart", "k4"), node("Transpose", "k4", "kh", integers("perm", 0, 2, 3, 1)),
		node("MatMul", "x wv", "v"), node("Reshape", "v apart", "v4"), node("Transpose", "v4", "vh", swap),
		node("MatMul", "qh kh", "s"), scale, node("Softmax", "p", "w", integer("axis", -1)),
		node("MatMul", "w vh", "c"), node("Transpose", "c", "ct", swap), node("Reshape", "ct together", "y"),
	}
}

func TestAttention(t *testing.T) {
	consts := []*wire.Tensor{
		floats("wq", -0.3, 8, 8), floats("wk", 0.1, 8, 8), floats("wv", 0.2, 8, 8), floats("two", 2, 1), floats("each", 2, 1, 1, 1, 3),
		ints("apart", 0, 0, 2, 4), ints("together", 0, 0, 8),
	}
	rows, open := input("x", 2, 3, 8), input("x", "N", "S", 8)
	fused := "MatMul MatMul MatMul Attention"
	apart := "MatMul Reshape Transpose MatMul Reshape Transpose MatMul Reshape Transpose MatMul"
	for _, c := range []passCase{
		{name: "division", input: rows, nodes: attentionNodes(node("Div", "s two", "p")), want: fused},
		{name: "product", input: open, nodes: attentionNodes(node("Mul", "two s", "p")), want: fused},
		{name: "inverse", input: rows, nodes: attentionNodes(node("Div", "two s", "p")), want: apart + " Div Softmax MatMul Transpose Reshape"},
		{name: "each its own", input: rows, nodes: attentionNodes(node("Mul", "s each", "p")), want: apart + " Mul Softmax MatMul Transpose Reshape"},
		{name: "output", input: rows, nodes: attentionNodes(node("Mul", "s two", "p")), outputs: []string{"w"}, want: apart + " Mul Softmax MatMul Transpose Reshape"},
	} {
		c.consts = consts
		c.check(t, "attention", "dead")
	}
}
