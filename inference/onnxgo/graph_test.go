//go:build !riscv64

package onnxgo

import (
	"slices"
	"strings"
	"testing"

	"github.com/owulveryck/onnx-go"
	"gonum.org/v1/gonum/graph"
	"gorgonia.org/tensor"
)

// ids lists the IDs of nodes.
func ids(nodes graph.Nodes) []int64 {
	var list []int64
	for nodes.Next() {
		list = append(list, nodes.Node().ID())
	}
	return list
}

// add adds a node with the given name.
func add(g *Graph, name string) *Node {
	n := g.NewNode().(*Node)
	n.SetName(name)
	g.AddNode(n)
	return n
}

// connect says that result takes operands.
func connect(g *Graph, result *Node, operands ...*Node) {
	for i, o := range operands {
		g.SetWeightedEdge(g.NewWeightedEdge(result, o, float64(i)))
	}
}

func vector(data ...float32) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(data)), tensor.WithBacking(data))
}

func TestGraph(t *testing.T) {
	g := New(nil)
	x, y, z := add(g, "x"), add(g, "y"), add(g, "z")
	connect(g, z, x, y, x)
	g.NewNode() // never added
	if got := ids(g.Nodes()); !slices.Equal(got, []int64{0, 1, 2}) {
		t.Errorf("Nodes = %v", got)
	}
	if got := ids(g.From(2)); !slices.Equal(got, []int64{0, 1}) {
		t.Errorf("From(2) = %v; want each operand once", got)
	}
	if got := ids(g.To(0)); !slices.Equal(got, []int64{2}) {
		t.Errorf("To(0) = %v", got)
	}
	if n := g.From(9).Len() + g.To(9).Len(); n != 0 {
		t.Errorf("an unknown node has %d neighbours", n)
	}
	if !g.HasEdgeFromTo(2, 0) || g.HasEdgeFromTo(0, 2) || !g.HasEdgeBetween(0, 2) || g.HasEdgeBetween(0, 1) {
		t.Error("edges are not where they were set")
	}
	if e := g.Edge(2, 1); e == nil || e.From() != z || e.To() != y || e.ReversedEdge() != e || e.(graph.WeightedEdge).Weight() != 1 {
		t.Errorf("Edge(2, 1) = %v", e)
	}
	if g.Node(3) != nil || g.Node(-1) != nil || g.Node(4) != nil || g.Edge(0, 1) != nil {
		t.Error("something that is not there is found")
	}
	x.t, y.t = vector(1), vector(1)
	if got := g.valueNames().inputs(z); !slices.Equal(got, []string{"x", "y", "x"}) {
		t.Errorf("operands = %v; want x, y, x", got)
	}
}

func TestPanics(t *testing.T) {
	g, other := New(nil), New(nil)
	n, foreign := add(g, "n"), add(other, "f")
	for name, f := range map[string]func(){
		"AddNode twice":          func() { g.AddNode(n) },
		"AddNode of another":     func() { g.AddNode(foreign) },
		"NewWeightedEdge":        func() { g.NewWeightedEdge(n, foreign, 0) },
		"SetWeightedEdge":        func() { g.SetWeightedEdge(other.NewWeightedEdge(foreign, foreign, 0)) },
		"NewWeightedEdge of nil": func() { g.NewWeightedEdge(nil, n, 0) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s does not panic", name)
				}
			}()
			f()
		}()
	}
}

func TestApplyOperationErrors(t *testing.T) {
	g, other := New(nil), New(nil)
	n, foreign := add(g, "n"), add(other, "f")
	if err := g.ApplyOperation(onnx.Operation{Name: "Relu"}, foreign); err == nil {
		t.Error("a node of another graph is accepted")
	}
	if err := g.ApplyOperation(onnx.Operation{Name: "Relu"}, n); err != nil {
		t.Fatal(err)
	}
	if err := g.ApplyOperation(onnx.Operation{Name: "Relu"}, n); err == nil || !strings.Contains(err.Error(), "computed twice") {
		t.Errorf("ApplyOperation = %v; want an error: a value is computed twice", err)
	}
	if err := n.SetTensor(vector(1)); err == nil {
		t.Error("a computed value can be given")
	}
	if err := add(g, "x").SetTensor(nil); err == nil {
		t.Error("a nil tensor is accepted")
	}
}

func TestRunByHand(t *testing.T) {
	g := New(nil)
	x, y := add(g, "x"), add(g, "y")
	connect(g, y, x)
	if err := g.ApplyOperation(onnx.Operation{Name: "Relu"}, y); err != nil {
		t.Fatal(err)
	}
	for _, in := range []*tensor.Dense{vector(-1, 2), vector(-1, 2, 3)} { // another shape needs no other program
		if err := x.SetTensor(in); err != nil {
			t.Fatal(err)
		}
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		if got := y.GetTensor(); !got.Shape().Eq(in.Shape()) || got.Data().([]float32)[1] != 2 || got.Data().([]float32)[0] != 0 {
			t.Errorf("Relu(%v) = %v", in, got)
		}
	}
	double := tensor.New(tensor.WithShape(1), tensor.WithBacking([]float64{-3}))
	if err := x.SetTensor(double); err != nil { // another type does
		t.Fatal(err)
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	if got := y.GetTensor().Data().([]float64); got[0] != 0 {
		t.Errorf("Relu(-3) = %v", got)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	if err := g.Run(); err != nil {
		t.Errorf("Run after Close: %v", err)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
}

func TestRunErrors(t *testing.T) {
	build := func(op onnx.Operation, o *Options) *Graph {
		g := New(o)
		x, y := add(g, "x"), add(g, "y")
		connect(g, y, x)
		if err := x.SetTensor(vector(1)); err != nil {
			t.Fatal(err)
		}
		if err := g.ApplyOperation(op, y); err != nil {
			t.Fatal(err)
		}
		return g
	}
	err := build(onnx.Operation{Name: "NoSuchOperator"}, nil).Run()
	if e, ok := err.(*onnx.ErrNotImplemented); !ok || e.Operator != "NoSuchOperator" {
		t.Errorf("Run = %v; want *onnx.ErrNotImplemented", err)
	}
	for want, g := range map[string]*Graph{
		`attribute "a"`: build(onnx.Operation{Name: "Relu", Attributes: map[string]any{"a": 3}}, nil),
		`attribute "t"`: build(onnx.Operation{Name: "Relu", Attributes: map[string]any{"t": tensor.New(tensor.WithShape(1), tensor.WithBacking([]string{"a"}))}}, nil),
		`version -1`:    build(onnx.Operation{Name: "Relu"}, &Options{Opset: -1}),
	} {
		if err := g.Run(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Run = %v; want an error with %q", err, want)
		}
	}
}

func TestAttributes(t *testing.T) {
	for name, v := range map[string]any{
		"float32": float32(1), "int64": int64(1), "string": "a", "floats": []float32{1}, "ints": []int64{1}, "strings": []string{"a"},
		"tensor": vector(1),
	} {
		if a, err := attribute(name, v); err != nil || a.Name != name || a.Type == 0 {
			t.Errorf("attribute(%q, %v) = %+v, %v", name, v, a, err)
		}
	}
	if a, err := attribute("undefined", struct{}{}); a != nil || err != nil {
		t.Errorf("an attribute without a type = %+v, %v; want nothing", a, err)
	}
}

func TestNames(t *testing.T) {
	g := New(nil)
	for _, name := range []string{"a", "a", "", "a#1"} {
		n := g.NewNode().(*Node)
		if name != "" {
			n.SetName(name)
		}
		g.AddNode(n)
		n.t = vector(1)
	}
	names := g.valueNames()
	var list []string
	for _, n := range g.nodes {
		list = append(list, names[n])
	}
	if want := []string{"a", "a#1", "#2", "a#1#3"}; !slices.Equal(list, want) {
		t.Errorf("names = %q; want %q", list, want)
	}
	if got := g.nodes[2].String(); got != "node 2" {
		t.Errorf("String of a node without a name = %q", got)
	}
}
