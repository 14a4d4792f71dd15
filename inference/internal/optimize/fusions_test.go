//go:build !arm

package optimize_test

import (
	"testing"

	"github.com/brinkml/brink/inference/internal/wire"
)

// number is a constant of one element.
func number(name string, v float32) *wire.Tensor { return floats(name, v, 1) }

func TestGelu(t *testing.T) {
	consts := []*wire.Tensor{
		number("root", 1.4142135), number("inverse", 0.70710677), number("one", 1), number("half", 0.5), number("three", 3),
		number("cube", 0.044715), number("scale", 0.7978846), number("other", 1.5),
	}
	erf := []*wire.Node{node("Div", "x root", "a"), node("Erf", "a", "b"), node("Add", "b one", "c")}
	tanh := []*wire.Node{
		node("Pow", "x three", "p"), node("Mul", "cube p", "q"), node("Add", "x q", "r"), node("Mul", "r scale", "s"),
		node("Tanh", "s", "b"), node("Add", "one b", "c"),
	}
	first := []*wire.Node{node("Mul", "x c", "d"), node("Mul", "d half", "y")}
	join := func(lists ...[]*wire.Node) (all []*wire.Node) {
		for _, l := range lists {
			all = append(all, l...)
		}
		return all
	}
	for _, c := range []passCase{
		{name: "x*(1+erf)*0.5", input: matrix, consts: consts, nodes: join(erf, first), want: "Gelu"},
		{name: "x*((1+erf)*0.5)", input: matrix, consts: consts, nodes: join(erf, []*wire.Node{node("Mul", "half c", "d"), node("Mul", "d x", "y")}), want: "Gelu"},
		{name: "0.5*x*(1+erf)", input: matrix, consts: consts, nodes: join([]*wire.Node{node("Mul", "x half", "d")}, erf, []*wire.Node{node("Mul", "d c", "y")}), want: "Gelu"},
		{name: "times the inverse", input: matrix, consts: consts, nodes: join([]*wire.Node{node("Mul", "x inverse", "a")}, erf[1:], first), want: "Gelu"},
		{name: "tanh", input: matrix, consts: consts, nodes: join(tanh, first), want: "Gelu"},
		{name: "open", input: open, consts: consts, nodes: join(erf, first), want: "Gelu"},
		{name: "read elsewhere", input: matrix, consts: consts, nodes: join(erf, first), outputs: []string{"b"}, want: "Div Erf Add Mul Mul"},
		{name: "of another value", input: matrix, consts: consts, nodes: join(erf, []*wire.Node{node("Neg", "x", "n"), node("Mul", "n c", "d"), node("Mul", "d half", "y")}), want: "Div Erf Add Neg Mul Mul"},
		{name: "of another number", input: matrix, consts: consts, nodes: join([]*wire.Node{node("Div", "x other", "a")}, erf[1:], first), want: "Div Erf Add Mul Mul"},
	} {
		c.check(t, "gelu")
	}
}

func TestSwish(t *testing.T) {
	for _, c := range []passCase{
		{name: "x*sigmoid", input: matrix, nodes: []*wire.Node{node("Sigmoid", "x", "s"), node("Mul", "x s", "y")}, want: "Swish"},
		{name: "sigmoid*x", input: matrix, nodes: []*wire.Node{node("Sigmoid", "x", "s"), node("Mul", "s x", "y")}, want: "Swish"},
		{name: "read elsewhere", input: matrix, nodes: []*wire.Node{node("Sigmoid", "x", "s"), node("Mul", "x s", "y")}, outputs: []string{"s"}, want: "Sigmoid Mul"},
		{name: "of another value", input: matrix, nodes: []*wire.Node{node("Neg", "x", "n"), node("Sigmoid", "n", "s"), node("Mul", "x s", "y")}, want: "Neg Sigmoid Mul"},
	} {
		c.check(t, "swish")
	}
}

func TestLayerNorm(t *testing.T) {
	consts := []*wire.Tensor{number("two", 2), number("epsilon", 1e-3), number("four", 4), floats("gamma", 1, 3), floats("beta", -1, 3), floats("wide", 1, 2, 3)}
	norm := func(axis int64, of, square, gamma string) []*wire.Node {
		return []*wire.Node{
			node("ReduceMean", of, "mean", integers("axes", axis)), node("Sub", of+" mean", "d"), node("Pow", "d "+square, "p"),
			node("ReduceMean", "p", "variance", integers("axes", axis)), node("Add", "variance epsilon", "v"), node("Sqrt", "v", "s"),
			node("Div", "d s", "n"), node("Mul", "n "+gamma, "m"), node("Add", "m beta", "y"),
		}
	}
	whole := "ReduceMean Sub Pow ReduceMean Add Sqrt Div Mul Add"
	sum := []*wire.Node{node("Neg", "x", "a"), node("Add", "x a", "sum")}
	for _, c := range []passCase{
		{name: "last axis", input: matrix, consts: consts, nodes: norm(-1, "x", "two", "gamma"), want: "LayerNormalization"},
		{name: "axis 1", input: open, consts: consts, nodes: norm(1, "x", "two", "gamma"), want: "LayerNormalization"},
		{name: "another axis", input: matrix, consts: consts, nodes: norm(0, "x", "two", "gamma"), want: whole},
		{name: "another power", input: matrix, consts: consts, nodes: norm(-1, "x", "four", "gamma"), want: whole},
		{name: "a scale of each element", input: matrix, consts: consts, nodes: norm(-1, "x", "two", "wide"), want: whole},
		{name: "read elsewhere", input: matrix, consts: consts, nodes: norm(-1, "x", "two", "gamma"), outputs: []string{"d"}, want: whole},
		{name: "a sum", input: matrix, consts: consts, nodes: append(sum, norm(-1, "sum", "two", "gamma")...), want: "Neg SkipLayerNormalization"},
		{name: "a sum that is read elsewhere", input: matrix, consts: consts, nodes: append(sum, norm(-1, "sum", "two", "gamma")...), outputs: []string{"sum"}, want: "Neg SkipLayerNormalization"},
		{
			name: "a sum that broadcasts", input: matrix, consts: consts,
			nodes: append([]*wire.Node{node("Add", "x gamma", "sum")}, norm(-1, "sum", "two", "gamma")...), want: "Add LayerNormalization",
		},
	} {
		c.check(t, "layernorm")
	}
}
