package graph_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

func node(op string, in, out []string, attrs ...*wire.Attribute) *wire.Node {
	return &wire.Node{OpType: op, Inputs: in, Outputs: out, Attrs: attrs}
}

func info(name string, dims ...wire.Dim) *wire.ValueInfo {
	return &wire.ValueInfo{Name: name, Type: &wire.Type{Kind: wire.TypeTensor, ElemType: 1, HasShape: true, Dims: dims}}
}

// describe writes the nodes of a graph with the names of their values.
func describe(g *graph.Graph) []string {
	var out []string
	name := func(ids []graph.ID) (s []string) {
		for _, id := range ids {
			if id == graph.None {
				s = append(s, "-")
			} else {
				s = append(s, g.Values[id].Name)
			}
		}
		return s
	}
	for _, n := range g.Nodes {
		out = append(out, fmt.Sprint(n.Op, name(n.In), name(n.Out)))
	}
	return out
}

func build(t *testing.T, m *wire.Model) *graph.Model {
	t.Helper()
	if m.Opsets == nil {
		m.Opsets = []wire.OpsetID{{Domain: "ai.onnx", Version: 17}}
	}
	g, err := graph.Build(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func checkNodes(t *testing.T, g *graph.Graph, want ...string) {
	t.Helper()
	if got := describe(g); !slices.Equal(got, want) {
		t.Errorf("nodes are %q; want %q", got, want)
	}
}

// TestOrder builds a graph whose nodes are in no order.
func TestOrder(t *testing.T) {
	m := build(t, &wire.Model{Graph: &wire.Graph{
		Inputs: []*wire.ValueInfo{info("x")},
		Nodes: []*wire.Node{
			node("C", []string{"b", "", "a"}, []string{"c"}),
			node("B", []string{"a"}, []string{"b"}),
			node("A", []string{"x"}, []string{"a", ""}),
		},
		Outputs: []*wire.ValueInfo{info("c")},
	}})
	checkNodes(t, m.Main, "A[x] [a -]", "B[a] [b]", "C[b - a] [c]")
	if m.Main.Nodes[0].Opset != 17 || m.Main.Nodes[0].Domain != "" {
		t.Errorf("node A is of %q %d; want the standard domain's version 17", m.Main.Nodes[0].Domain, m.Main.Nodes[0].Opset)
	}
}

func TestSymbols(t *testing.T) {
	m := build(t, &wire.Model{Graph: &wire.Graph{
		Inputs: []*wire.ValueInfo{
			info("x", wire.Dim{Param: "N"}, wire.Dim{Known: true, Value: 3}, wire.Dim{}),
			info("y", wire.Dim{Param: "M"}, wire.Dim{Param: "N"}),
		},
	}})
	x, y := m.Main.Values[m.Main.Inputs[0]].Type.Shape, m.Main.Values[m.Main.Inputs[1]].Type.Shape
	if !slices.Equal(m.Symbols, []string{"N", "M"}) || x.Dim(0) != y.Dim(1) || x.Dim(0) == y.Dim(0) {
		t.Errorf("symbols %q in %v and %v; want N shared", m.Symbols, x, y)
	}
	if want := shape.Of(shape.Symbol(0), 3, shape.Unknown); !x.Equal(want) {
		t.Errorf("x is %v; want %v", x, want)
	}
}

// TestFunctions expands calls: nested, with attributes passed on, defaults, inputs left out, and an input handed out.
func TestFunctions(t *testing.T) {
	ref := func(name, of string) *wire.Attribute {
		return &wire.Attribute{Name: name, RefName: of, Type: wire.AttrInt}
	}
	number := func(name string, v int64) *wire.Attribute {
		return &wire.Attribute{Name: name, Type: wire.AttrInt, I: v}
	}
	inner := &wire.Function{
		Name: "Inner", Domain: "f", Inputs: []string{"a", "b"}, Outputs: []string{"o", "a"},
		AttrNames: []string{"k"}, Attrs: []*wire.Attribute{number("j", 5)},
		Nodes:  []*wire.Node{node("Op", []string{"a", "b"}, []string{"o"}, ref("k", "k"), ref("j", "j"), ref("l", "absent"))},
		Opsets: []wire.OpsetID{{Version: 11}},
	}
	outer := &wire.Function{
		Name: "Outer", Domain: "f", Inputs: []string{"x"}, Outputs: []string{"y"}, AttrNames: []string{"n"},
		Nodes: []*wire.Node{
			{OpType: "Inner", Domain: "f", Inputs: []string{"x"}, Outputs: []string{"t", "u"}, Attrs: []*wire.Attribute{ref("k", "n")}},
			node("Add", []string{"t", "u"}, []string{"y"}),
		},
		Opsets: []wire.OpsetID{{Version: 12}, {Domain: "f", Version: 1}},
	}
	m := build(t, &wire.Model{
		Opsets:    []wire.OpsetID{{Version: 17}, {Domain: "f", Version: 1}},
		Functions: []*wire.Function{inner, outer},
		Graph: &wire.Graph{
			Inputs: []*wire.ValueInfo{info("x")},
			Nodes: []*wire.Node{
				{OpType: "Outer", Domain: "f", Inputs: []string{"x"}, Outputs: []string{"p"}, Attrs: []*wire.Attribute{number("n", 7)}},
				{OpType: "Outer", Domain: "f", Inputs: []string{"p"}, Outputs: []string{"q"}, Attrs: []*wire.Attribute{number("n", 8)}},
			},
			Outputs: []*wire.ValueInfo{info("q")},
		},
	})
	checkNodes(t, m.Main,
		"Op[x -] [t]", "Identity[x] [u]", "Add[t u] [p]",
		"Op[p -] [t]", "Identity[p] [u]", "Add[t u] [q]")
	op := m.Main.Nodes[3]
	want := []graph.Attr{{Name: "k", Kind: wire.AttrInt, Value: int64(8)}, {Name: "j", Kind: wire.AttrInt, Value: int64(5)}}
	if !slices.Equal(op.Attrs, want) || op.Opset != 11 {
		t.Errorf("attributes are %v of opset %d; want %v of 11", op.Attrs, op.Opset, want)
	}
}

func TestFunctionsThatCallThemselves(t *testing.T) {
	call := func(name string) *wire.Node {
		return &wire.Node{OpType: name, Domain: "f", Inputs: []string{"x"}, Outputs: []string{"y"}}
	}
	function := func(name, calls string) *wire.Function {
		return &wire.Function{Name: name, Domain: "f", Inputs: []string{"x"}, Outputs: []string{"y"}, Nodes: []*wire.Node{call(calls)}}
	}
	_, err := graph.Build(&wire.Model{
		Functions: []*wire.Function{function("A", "B"), function("B", "A")},
		Graph:     &wire.Graph{Inputs: []*wire.ValueInfo{info("x")}, Nodes: []*wire.Node{call("A")}},
	}, nil)
	if e := (*fault.FormatError)(nil); !errors.As(err, &e) {
		t.Errorf("Build = %v; want a *FormatError", err)
	}
}

// TestFunctionBomb calls functions that each call the next one ten times.
func TestFunctionBomb(t *testing.T) {
	m := &wire.Model{Opsets: []wire.OpsetID{{Version: 17}, {Domain: "f", Version: 1}}, Graph: &wire.Graph{Inputs: []*wire.ValueInfo{info("x")}}}
	for i := range 10 {
		f := &wire.Function{Name: fmt.Sprint("F", i), Domain: "f", Inputs: []string{"x"}, Opsets: m.Opsets}
		for j := range 10 {
			f.Nodes = append(f.Nodes, &wire.Node{OpType: fmt.Sprint("F", i+1), Domain: "f", Inputs: []string{"x"}, Outputs: []string{fmt.Sprint("y", j)}})
		}
		f.Outputs = []string{"y0"}
		m.Functions = append(m.Functions, f)
	}
	m.Graph.Nodes = []*wire.Node{{OpType: "F0", Domain: "f", Inputs: []string{"x"}, Outputs: []string{"y"}}}
	_, err := graph.Build(m, nil)
	if e := (*fault.LimitError)(nil); !errors.As(err, &e) {
		t.Errorf("Build = %v; want a *LimitError", err)
	}
}

// TestBodies builds bodies that read from the graph around them, through another body too, and checks that the node
// which holds them waits for what they read.
func TestBodies(t *testing.T) {
	innermost := &wire.Graph{Nodes: []*wire.Node{node("Use", []string{"a"}, []string{"r"})}, Outputs: []*wire.ValueInfo{info("r")}}
	body := &wire.Graph{
		Nodes:   []*wire.Node{node("If", nil, []string{"s"}, &wire.Attribute{Name: "body", Type: wire.AttrGraph, G: innermost})},
		Outputs: []*wire.ValueInfo{info("s")},
	}
	m := build(t, &wire.Model{Graph: &wire.Graph{
		Inputs: []*wire.ValueInfo{info("x")},
		Nodes: []*wire.Node{
			node("If", []string{"x"}, []string{"y"}, &wire.Attribute{Name: "body", Type: wire.AttrGraph, G: body}),
			node("Make", []string{"x"}, []string{"a"}),
		},
		Outputs: []*wire.ValueInfo{info("y")},
	}})
	checkNodes(t, m.Main, "Make[x] [a]", "If[x] [y]")
	a := m.Main.Nodes[0].Out[0]
	if got := slices.Collect(m.Main.Nodes[1].Reads); !slices.Contains(got, a) {
		t.Errorf("the If reads %v; want also %d, which its body captures", got, a)
	}
	for b := range m.Main.Nodes[1].Bodies {
		checkNodes(t, b, "If[] [s]")
		if len(b.Captures) != 1 || b.Captures[0].Outer != a {
			t.Errorf("captures are %v; want %d", b.Captures, a)
		}
	}
}

func TestSparse(t *testing.T) {
	sparse := func(values []float32, indices []int64, dims ...int64) *wire.SparseTensor {
		shape := []int64{int64(len(values))}
		if len(indices) != len(values) {
			shape = append(shape, int64(len(dims)))
		}
		return &wire.SparseTensor{
			Values:  &wire.Tensor{Name: "w", DataType: 1, Dims: []int64{int64(len(values))}, Floats: values},
			Indices: &wire.Tensor{DataType: 7, Dims: shape, Int64s: indices},
			Dims:    dims,
		}
	}
	for name, s := range map[string]*wire.SparseTensor{
		"flat":        sparse([]float32{1, 2}, []int64{1, 5}, 2, 3),
		"coordinates": sparse([]float32{1, 2}, []int64{0, 1, 1, 2}, 2, 3),
	} {
		m := build(t, &wire.Model{Graph: &wire.Graph{SparseInitializers: []*wire.SparseTensor{s}, Outputs: []*wire.ValueInfo{info("w")}}})
		c := m.Main.Values[m.Main.Outputs[0]].Const
		if got, want := tensor.View[float32](c), []float32{0, 1, 0, 0, 0, 2}; c.DType != dtype.Float32 || !slices.Equal(got, want) {
			t.Errorf("%s: %v; want %v", name, got, want)
		}
	}
	for name, s := range map[string]*wire.SparseTensor{
		"outside":      sparse([]float32{1}, []int64{6}, 2, 3),
		"negative":     sparse([]float32{1}, []int64{-1}, 2, 3),
		"out of order": sparse([]float32{1, 2}, []int64{5, 1}, 2, 3),
		"too large":    sparse([]float32{1}, []int64{6}, 1<<20, 1<<20),
		"coordinate":   sparse([]float32{1, 2}, []int64{0, 1, 1, 3}, 2, 3),
	} {
		_, err := graph.Build(&wire.Model{Graph: &wire.Graph{SparseInitializers: []*wire.SparseTensor{s}}}, nil)
		var format *fault.FormatError
		var limit *fault.LimitError
		if !errors.As(err, &format) && !errors.As(err, &limit) {
			t.Errorf("%s: Build = %v; want a *FormatError or *LimitError", name, err)
		}
	}
}
