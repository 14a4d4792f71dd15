package optimize_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference/internal/check"
	"github.com/brinkml/brink/inference/internal/exec"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/optimize"
	"github.com/brinkml/brink/inference/internal/plan"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

func node(op, in, out string, attrs ...*wire.Attribute) *wire.Node {
	n := &wire.Node{OpType: op, Outputs: strings.Fields(out), Attrs: attrs}
	for _, name := range strings.Fields(in) {
		n.Inputs = append(n.Inputs, strings.Trim(name, "_")) // "_" is one left out
	}
	return n
}

func integer(name string, v int64) *wire.Attribute {
	return &wire.Attribute{Name: name, Type: wire.AttrInt, I: v}
}

func integers(name string, v ...int64) *wire.Attribute {
	return &wire.Attribute{Name: name, Type: wire.AttrInts, Ints: v}
}

func float(name string, v float32) *wire.Attribute {
	return &wire.Attribute{Name: name, Type: wire.AttrFloat, F: v}
}

// input declares a float32 tensor; dimensions are numbers, or symbols where they are letters.
func input(name string, dims ...any) *wire.ValueInfo {
	typ := &wire.Type{Kind: wire.TypeTensor, ElemType: 1, HasShape: true}
	for _, d := range dims {
		switch d := d.(type) {
		case int:
			typ.Dims = append(typ.Dims, wire.Dim{Known: true, Value: int64(d)})
		case string:
			typ.Dims = append(typ.Dims, wire.Dim{Param: d})
		}
	}
	return &wire.ValueInfo{Name: name, Type: typ}
}

func outputs(names ...string) (list []*wire.ValueInfo) {
	for _, name := range names {
		list = append(list, &wire.ValueInfo{Name: name})
	}
	return list
}

// floats is a constant of float32 whose elements count up by halves from a start.
func floats(name string, from float32, dims ...int64) *wire.Tensor {
	t := &wire.Tensor{Name: name, DataType: 1, Dims: dims, Floats: []float32{}}
	n := int64(1)
	for _, d := range dims {
		n *= d
	}
	for i := range n {
		t.Floats = append(t.Floats, from+float32(i)/2)
	}
	return t
}

func ints(name string, v ...int64) *wire.Tensor {
	return &wire.Tensor{Name: name, DataType: 7, Dims: []int64{int64(len(v))}, Int64s: v}
}

// only returns the passes of the given names.
func only(t *testing.T, names ...string) optimize.Set {
	t.Helper()
	s, err := optimize.Without(slices.DeleteFunc(optimize.All().Names(), func(name string) bool { return slices.Contains(names, name) }))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// bound returns the program of a graph and what is known of it for the declared shapes.
func bound(t testing.TB, opset int64, g *wire.Graph) (*check.Program, *check.Typing) {
	t.Helper()
	m, err := graph.Build(&wire.Model{Opsets: []wire.OpsetID{{Version: opset}, {Domain: "ai.onnx.ml", Version: 3}}, Graph: g}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := check.Bind(m)
	if err != nil {
		t.Fatal(err)
	}
	typing, err := p.Infer(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p, typing
}

// optimized returns what passes make of the program of a graph. It checks that the program it comes from did not change,
// and that nodes come after those they read from.
func optimized(t *testing.T, opset int64, g *wire.Graph, passes optimize.Set) (before, after *check.Program, typing *check.Typing) {
	t.Helper()
	p, typing := bound(t, opset, g)
	want := fmt.Sprint(p.Graph)
	fast, fastTyping, err := optimize.Run(t.Context(), p, typing, passes)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(p.Graph); got != want {
		t.Errorf("the graph was changed from %s to %s", want, got)
	}
	if !slices.Equal(fast.Graph.Inputs, p.Graph.Inputs) || !slices.Equal(fast.Graph.Outputs, p.Graph.Outputs) {
		t.Errorf("inputs and outputs are %v and %v; want %v and %v", fast.Graph.Inputs, fast.Graph.Outputs, p.Graph.Inputs, p.Graph.Outputs)
	}
	late := map[graph.ID]bool{}
	for i := range fast.Graph.Nodes {
		for _, id := range fast.Graph.Nodes[i].Out {
			late[id] = id != graph.None
		}
	}
	for i := range fast.Graph.Nodes {
		n := &fast.Graph.Nodes[i]
		for id := range n.Reads {
			if late[id] {
				t.Errorf("node %d, %s, reads %q before it is made", i, n.Op, fast.Graph.Values[id].Name)
			}
		}
		for _, id := range n.Out {
			delete(late, id)
		}
	}
	return p, fast, fastTyping
}

// names lists the operators of a program.
func names(p *check.Program) string {
	var list []string
	for i := range p.Graph.Nodes {
		list = append(list, p.Graph.Nodes[i].Op)
	}
	return strings.Join(list, " ")
}

// run runs a program whose shapes are all declared, on numbers that count up, and returns its outputs.
func run(t *testing.T, p *check.Program, typing *check.Typing) []*tensor.Tensor {
	t.Helper()
	pl, err := plan.Build(p, typing, p.Graph.Inputs, plan.Options{Threads: 1, Limit: 1 << 24})
	if err != nil {
		t.Fatal(err)
	}
	f := exec.New(pl, nil, 1<<24)
	for _, slot := range pl.Inputs {
		x := tensor.View[float32](f.Tensor(slot))
		for i := range x {
			x[i] = float32(i%7) - 2.5
		}
	}
	if err := f.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	var out []*tensor.Tensor
	for _, slot := range pl.Outputs {
		out = append(out, f.Tensor(slot))
	}
	return out
}

// checkRuns compares what two programs compute.
func checkRuns(t *testing.T, g *wire.Graph, before, after *check.Program, typing *check.Typing) {
	t.Helper()
	if slices.ContainsFunc(g.Inputs, func(v *wire.ValueInfo) bool {
		return slices.ContainsFunc(v.Type.Dims, func(d wire.Dim) bool { return !d.Known })
	}) {
		return
	}
	plain, err := before.Infer(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := run(t, before, plain)
	for i, got := range run(t, after, typing) {
		if got.DType != want[i].DType || !slices.Equal(got.Shape, want[i].Shape) {
			t.Fatalf("output %d is %v%v; want %v%v", i, got.DType, got.Shape, want[i].DType, want[i].Shape)
		}
		if got.DType != 1 {
			if !slices.Equal(got.Data, want[i].Data) {
				t.Errorf("output %d is %v; want %v", i, got.Data, want[i].Data)
			}
			continue
		}
		g, w := tensor.View[float32](got), tensor.View[float32](want[i])
		for j := range w {
			if d := g[j] - w[j]; d > 1e-4 || d < -1e-4 || d != d {
				t.Fatalf("output %d is %v; want %v", i, g, w)
			}
		}
	}
}

// TestRunLeavesWhatIsNotSupported optimises around a node of which nothing is known.
func TestRunLeavesWhatIsNotSupported(t *testing.T) {
	g := &wire.Graph{
		Inputs: []*wire.ValueInfo{input("x", 2)}, Outputs: outputs("y"),
		Nodes: []*wire.Node{node("Identity", "x", "a"), node("Nonsense", "a", "b"), node("Nonsense", "a", "c"), node("Identity", "b", "d"), node("Sum", "c d", "y")},
	}
	_, p, _ := optimized(t, 17, g, optimize.All())
	if got, want := names(p), "Nonsense Nonsense Sum"; got != want {
		t.Errorf("nodes are %s; want %s", got, want)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	p, typing := bound(t, 17, &wire.Graph{
		Inputs:       []*wire.ValueInfo{input("x", 1)},
		Initializers: []*wire.Tensor{floats("a", 1, 400, 400), floats("b", 1, 400, 400)},
		Nodes:        []*wire.Node{node("MatMul", "a b", "c"), node("Add", "x c", "y")},
		Outputs:      outputs("y"),
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := optimize.Run(ctx, p, typing, only(t, "fold")); !errors.Is(err, context.Canceled) {
		t.Errorf("Run with a context that has ended = %v; want %v", err, context.Canceled)
	}
}

// TestWithout checks the selection of passes.
func TestWithout(t *testing.T) {
	all := optimize.All().Names()
	for _, c := range []struct{ without, want []string }{
		{nil, all},
		{[]string{all[0]}, all[1:]},
		{[]string{"all"}, nil},
		{[]string{"dead", "all"}, nil},
		{[]string{"all", "dead"}, nil},
	} {
		s, err := optimize.Without(c.without)
		if err != nil || !slices.Equal(s.Names(), c.want) {
			t.Errorf("Without(%q) = %q, %v; want %q", c.without, s.Names(), err, c.want)
		}
	}
	if _, err := optimize.Without([]string{"dead", "Fold"}); err == nil || !strings.Contains(err.Error(), `"Fold"`) || !strings.Contains(err.Error(), "cse") {
		t.Errorf("Without(Fold) = %v; want an error that names it, and those that there are", err)
	}
	for _, p := range optimize.All() {
		if p.Doc == "" || p.Name != strings.ToLower(p.Name) || p.Name == "all" {
			t.Errorf("pass %q says %q of itself", p.Name, p.Doc)
		}
	}
}

// TestCaptures checks that bodies follow the values that they capture, and keep them alive.
func TestCaptures(t *testing.T) {
	branch := func(name string, read ...string) *wire.Attribute {
		g := &wire.Graph{Name: name, Outputs: outputs(name)}
		g.Nodes = append(g.Nodes, &wire.Node{OpType: "Sum", Inputs: read, Outputs: []string{name}})
		return &wire.Attribute{Name: name, Type: wire.AttrGraph, G: g}
	}
	cond := input("cond")
	cond.Type.ElemType = 9
	g := &wire.Graph{
		Inputs:       []*wire.ValueInfo{input("x", 2, 3), cond},
		Initializers: []*wire.Tensor{floats("c", 1, 2, 3)},
		Nodes: []*wire.Node{
			node("Identity", "x", "same"),
			node("Neg", "x", "one"),
			node("Neg", "same", "other"),
			node("Neg", "c", "constant"),
			node("Abs", "x", "captured"),
			node("Abs", "one", "dropped"),
			node("If", "cond", "y", branch("then_branch", "other", "one", "same"), branch("else_branch", "constant", "captured")),
		},
		Outputs: outputs("y"),
	}
	_, p, _ := optimized(t, 17, g, optimize.All())
	if got, want := names(p), "Neg Abs If"; got != want {
		t.Fatalf("nodes are %s; want %s", got, want)
	}
	var got []string
	for body := range p.Graph.Nodes[2].Bodies {
		for _, c := range body.Captures {
			name := p.Graph.Values[c.Outer].Name
			if p.Graph.Values[c.Outer].Const != nil {
				name += "!"
			}
			got = append(got, name)
		}
	}
	if want := []string{"one", "one", "x", "constant!", "captured"}; !slices.Equal(got, want) {
		t.Errorf("bodies capture %q; want %q", got, want)
	}
}
