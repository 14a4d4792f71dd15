package optimize_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference/internal/exec"
	"github.com/brinkml/brink/inference/internal/optimize"
	"github.com/brinkml/brink/inference/internal/plan"
	"github.com/brinkml/brink/inference/internal/wire"
)

func list(name string, v []int64) *wire.Attribute {
	return &wire.Attribute{Name: name, Type: wire.AttrInts, Ints: v}
}

func numbers(name string, v []float32) *wire.Attribute {
	return &wire.Attribute{Name: name, Type: wire.AttrFloats, Floats: v}
}

// ml makes a node of ai.onnx.ml.
func ml(op, in, out string, attrs ...*wire.Attribute) *wire.Node {
	n := node(op, in, out, attrs...)
	n.Domain = "ai.onnx.ml"
	return n
}

// grown is a tree whose leaves say their own number.
type grown struct {
	nodes, features, yes, no []int64
	leaves                   []int64
	depths                   []float32 // of the leaves
	modes                    [][]byte
	values                   []float32
}

func (g *grown) grow(r *rand.Rand, depth, features int) int64 {
	id := int64(len(g.nodes))
	g.nodes, g.features, g.yes, g.no = append(g.nodes, id), append(g.features, 0), append(g.yes, 0), append(g.no, 0)
	g.values = append(g.values, 0)
	if depth == 0 || depth < 3 && r.IntN(3) == 0 {
		g.modes = append(g.modes, []byte("LEAF"))
		g.leaves, g.depths = append(g.leaves, id), append(g.depths, float32(5-depth))
		return id
	}
	g.modes = append(g.modes, []byte("BRANCH_LEQ"))
	g.features[id], g.values[id] = int64(r.IntN(features)), r.Float32()*6-3
	g.yes[id] = g.grow(r, depth-1, features)
	g.no[id] = g.grow(r, depth-1, features)
	return id
}

// ensemble makes the node of a tree whose leaves say weights.
func (g *grown) ensemble(in, out string, weights []float32, more ...*wire.Attribute) *wire.Node {
	zeros := make([]int64, len(g.nodes))
	return ml("TreeEnsembleRegressor", in, out, append([]*wire.Attribute{
		integer("n_targets", 1), list("nodes_treeids", zeros), list("nodes_nodeids", g.nodes), list("nodes_featureids", g.features),
		list("nodes_truenodeids", g.yes), list("nodes_falsenodeids", g.no), numbers("nodes_values", g.values),
		{Name: "nodes_modes", Type: wire.AttrStrings, Strings: g.modes},
		list("target_treeids", zeros[:len(g.leaves)]), list("target_nodeids", g.leaves), list("target_ids", zeros[:len(g.leaves)]),
		numbers("target_weights", weights),
	}, more...)...)
}

// isolation is a tree of an isolation forest as scikit-learn's converter writes it: nodes that make a path's expected
// length of the number of its leaf, out of two tables.
func isolation(i int, r *rand.Rand) []*wire.Node {
	g := &grown{}
	g.grow(r, 4, 2)
	samples := make([]float32, len(g.leaves))
	ids := make([]float32, len(g.leaves))
	for j, id := range g.leaves {
		samples[j], ids[j] = float32(1+r.IntN(5)), float32(id)
	}
	at := func(names string) string {
		list := strings.Fields(names)
		for j, name := range list {
			if len(name) == 1 && name != "x" {
				list[j] = fmt.Sprint(name, i)
			}
		}
		return strings.Join(list, " ")
	}
	op := func(name, in, out string, attrs ...*wire.Attribute) *wire.Node {
		return node(name, at(in), at(out), attrs...)
	}
	encoder := func(in, out string, values []float32) *wire.Node {
		return ml("LabelEncoder", at(in), at(out), list("keys_int64s", g.leaves), numbers("values_floats", values))
	}
	return []*wire.Node{
		op("Gather", "x columns", "g", integer("axis", 1)),
		g.ensemble(at("g"), at("l"), ids),
		op("Cast", "l", "a", integer("to", 7)), encoder("a", "b", samples), op("Reshape", "b column", "s"),
		op("Cast", "l", "c", integer("to", 7)), encoder("c", "d", g.depths), op("Reshape", "d column", "p"),
		op("Equal", "s two", "e"), op("Cast", "e", "f", integer("to", 1)),
		op("Greater", "s two", "h"), op("Cast", "h", "i", integer("to", 1)),
		op("Mul", "i s", "j"), op("Add", "j minus", "k"), op("Max", "k one", "m"), op("Log", "m", "n"),
		op("Add", "n euler", "o"), op("Mul", "o two", "q"),
		op("Max", "k zero", "r"), op("Max", "j one", "t"), op("Div", "r t", "u"), op("Mul", "u less", "v"),
		op("Add", "q v", "w"), op("Mul", "w i", "y"), op("Add", "f y", "z"), op("Add", "p z", "A"), op("Add", "A minus", "B"),
	}
}

var forestConsts = []*wire.Tensor{
	ints("columns", 2, 0), ints("column", -1, 1), floats("two", 2, 1), floats("minus", -1, 1), floats("one", 1, 1), floats("euler", 0.5772157, 1),
	floats("zero", 0, 1), floats("less", -2, 1), floats("norm", 9, 1),
}

func TestForest(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	x := input("x", 6, 3)
	var many []*wire.Node
	var sum []string
	for i := range 5 {
		many = append(many, isolation(i, rng)...)
		sum = append(sum, fmt.Sprint("B", i))
	}
	score := []*wire.Node{node("Div", "S norm", "D"), node("Neg", "D", "E"), node("Pow", "two E", "y")}
	one := isolation(7, rng)
	g := &grown{}
	g.grow(rng, 3, 3)
	leaf, ids := make([]float32, len(g.leaves)), make([]float32, len(g.leaves))
	for i := range leaf {
		leaf[i], ids[i] = float32(i)/3, float32(g.leaves[i])
	}
	for _, c := range []passCase{
		{name: "isolation", nodes: append(append(many, node("Sum", strings.Join(sum, " "), "S")), score...), want: "TreeEnsembleRegressor Div Neg Pow"},
		{name: "one tree", nodes: append(one, node("Neg", "B7", "y")), want: "TreeEnsembleRegressor"},
		{name: "the output", nodes: append(isolation(7, rng), node("Identity", "B7", "y")), want: "TreeEnsembleRegressor"},
		{
			name: "leaf wanted, too", nodes: append(isolation(7, rng), node("Mul", "l7 B7", "y")), // still a function of the leaf
			want: "TreeEnsembleRegressor",
		},
		{name: "leaf is an output", nodes: append(isolation(7, rng), node("Neg", "B7", "y")), outputs: []string{"l7"}, want: "TreeEnsembleRegressor Cast LabelEncoder LabelEncoder Equal Cast Greater Cast Mul Add Max Log Add Mul Max Max Div Mul Add Mul Add Add Add Neg"},
		{name: "chain", nodes: []*wire.Node{
			g.ensemble("x", "a", leaf), g.ensemble("x", "b", leaf), g.ensemble("x", "c", leaf), node("Add", "a b", "d"), node("Add", "c d", "e"), node("Neg", "e", "y"),
		}, want: "TreeEnsembleRegressor"},
		{name: "chain with another", nodes: []*wire.Node{
			g.ensemble("x", "a", leaf), g.ensemble("x", "b", leaf), node("ReduceSum", "x", "c"), node("Sum", "c a b", "y"),
		}, want: "TreeEnsembleRegressor ReduceSum Sum"},
		{name: "read elsewhere", nodes: []*wire.Node{
			g.ensemble("x", "a", leaf), g.ensemble("x", "b", ids), node("Add", "a b", "d"), node("Mul", "d a", "y"),
		}, want: "TreeEnsembleRegressor TreeEnsembleRegressor Add Mul"},
		{name: "other features", nodes: []*wire.Node{
			node("Neg", "x", "n"), g.ensemble("x", "a", leaf), g.ensemble("n", "b", leaf), node("Add", "a b", "d"), node("Neg", "d", "y"),
		}, want: "Neg TreeEnsembleRegressor TreeEnsembleRegressor Add Neg"},
		{name: "base values", nodes: []*wire.Node{
			g.ensemble("x", "a", leaf, numbers("base_values", []float32{1})), g.ensemble("x", "b", leaf), node("Add", "a b", "d"), node("Neg", "d", "y"),
		}, want: "TreeEnsembleRegressor TreeEnsembleRegressor Add Neg"},
		{name: "another aggregate", nodes: []*wire.Node{
			g.ensemble("x", "a", leaf, &wire.Attribute{Name: "aggregate_function", Type: wire.AttrString, S: []byte("MAX")}), node("Neg", "a", "y"),
		}, want: "TreeEnsembleRegressor Neg"},
	} {
		c.input, c.consts = x, forestConsts
		c.check(t, "forest", "cse", "dead", "noop")
	}
}

// BenchmarkForest runs an isolation forest of 100 trees on one row, as it is and merged.
func BenchmarkForest(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 4))
	g := &wire.Graph{Inputs: []*wire.ValueInfo{input("x", 1, 3)}, Outputs: outputs("y"), Initializers: forestConsts}
	var sum []string
	for i := range 100 {
		g.Nodes = append(g.Nodes, isolation(i, rng)...)
		sum = append(sum, fmt.Sprint("B", i))
	}
	g.Nodes = append(g.Nodes, node("Sum", strings.Join(sum, " "), "S"), node("Div", "S norm", "D"), node("Neg", "D", "E"), node("Pow", "two E", "y"))
	for _, without := range []string{"all", "forest", ""} {
		b.Run("without="+without, func(b *testing.B) {
			s, err := optimize.Without(strings.Fields(without))
			if err != nil {
				b.Fatal(err)
			}
			p, typing := bound(b, 17, g)
			if p, typing, err = optimize.Run(b.Context(), p, typing, s); err != nil {
				b.Fatal(err)
			}
			pl, err := plan.Build(p, typing, p.Graph.Inputs, plan.Options{Threads: 1, Limit: 1 << 24})
			if err != nil {
				b.Fatal(err)
			}
			f := exec.New(pl, nil, 1<<24)
			for b.Loop() {
				if err := f.Run(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(p.Graph.Nodes)), "nodes")
		})
	}
}
