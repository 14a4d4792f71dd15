//go:build !arm

package optimize_test

import (
	"testing"

	"github.com/brinkml/brink/inference/internal/wire"
)

func TestProduct(t *testing.T) {
	stack := input("x", 2, 2, 3)
	consts := []*wire.Tensor{
		floats("w", 0.5, 3, 4), floats("v", 0.25, 2, 3, 3), floats("row", 1, 4), floats("rows", 1, 1, 1, 4), floats("column", 1, 2, 1), floats("square", 1, 2, 2, 3),
		floats("low", -1), floats("high", 1),
	}
	for _, c := range []passCase{
		{name: "gemm", input: matrix, nodes: []*wire.Node{node("Gemm", "x w row", "a"), node("Relu", "a", "y")}, want: "FusedGemm"},
		{name: "parameters", input: matrix, nodes: []*wire.Node{node("Gemm", "x w", "a", float("alpha", 2)), node("LeakyRelu", "a", "y", float("alpha", 0.5))}, want: "FusedGemm"},
		{name: "bounds", input: matrix, nodes: []*wire.Node{node("Gemm", "x w", "a"), node("Clip", "a low high", "y")}, want: "FusedGemm"},
		{name: "old gemm", opset: 6, input: matrix, nodes: []*wire.Node{node("Gemm", "x w row", "a", integer("broadcast", 1)), node("Tanh", "a", "y")}, want: "FusedGemm"},
		{name: "row", input: stack, nodes: []*wire.Node{node("MatMul", "x w", "a"), node("Add", "a row", "b"), node("Sigmoid", "b", "y")}, want: "MatMul"},
		{name: "row of higher rank", input: stack, nodes: []*wire.Node{node("MatMul", "x w", "a"), node("Add", "rows a", "y")}, want: "MatMul"},
		{name: "residual", input: stack, nodes: []*wire.Node{node("MatMul", "x v", "a"), node("Add", "x a", "y")}, want: "MatMul"},
		{name: "computed later", input: stack, nodes: []*wire.Node{node("MatMul", "x v", "a"), node("Exp", "x", "b"), node("Add", "a b", "y")}, want: "Exp MatMul"},
		{name: "two sums", input: stack, nodes: []*wire.Node{node("MatMul", "x v", "a"), node("Add", "a square", "b"), node("Add", "b x", "y")}, want: "MatMul Add"},
		{name: "column", input: stack, nodes: []*wire.Node{node("MatMul", "x w", "a"), node("Add", "a column", "y")}, want: "MatMul Add"},
		{name: "read twice", input: matrix, nodes: []*wire.Node{node("Gemm", "x w", "a"), node("Relu", "a", "b"), node("Add", "a b", "y")}, want: "Gemm Relu Add"},
		{name: "an output", input: matrix, nodes: []*wire.Node{node("Gemm", "x w", "a"), node("Relu", "a", "y")}, outputs: []string{"a"}, want: "Gemm Relu"},
		{name: "a second activation", input: matrix, nodes: []*wire.Node{node("MatMul", "x w", "a"), node("Relu", "a", "b"), node("Tanh", "b", "y")}, want: "MatMul Tanh"},
	} {
		c.consts = consts
		c.check(t, "product", "dead")
	}
}
