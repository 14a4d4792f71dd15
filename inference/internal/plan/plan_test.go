package plan_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/brinkml/brink/inference/internal/check"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/plan"
	"github.com/brinkml/brink/inference/internal/wire"
)

func node(op string, in, out string) *wire.Node {
	n := &wire.Node{OpType: op, Outputs: []string{out}}
	for _, c := range in {
		n.Inputs = append(n.Inputs, string(c))
	}
	return n
}

// planOf plans a graph of operator set 17 with input x, of shape [4, 4], and output y.
func planOf(t *testing.T, o plan.Options, nodes ...*wire.Node) (*plan.Plan, error) {
	t.Helper()
	dims := []wire.Dim{{Known: true, Value: 4}, {Known: true, Value: 4}}
	g, err := graph.Build(&wire.Model{
		Opsets: []wire.OpsetID{{Version: 17}},
		Graph: &wire.Graph{
			Inputs:  []*wire.ValueInfo{{Name: "x", Type: &wire.Type{Kind: wire.TypeTensor, ElemType: 1, HasShape: true, Dims: dims}}},
			Nodes:   nodes,
			Outputs: []*wire.ValueInfo{{Name: "y"}},
		},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := check.Bind(g)
	if err != nil {
		t.Fatal(err)
	}
	typing, err := p.Infer(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Build(p, typing, g.Main.Inputs, o)
}

var roomy = plan.Options{Threads: 1, Limit: 1 << 20}

// roots counts the pieces of memory that a plan takes.
func roots(p *plan.Plan) int {
	n := 0
	for i := range p.Slots {
		if p.Slots[i].Arena() && p.Slots[i].Root == i {
			n++
		}
	}
	return n
}

// TestSharing checks which values share memory and what each plan takes: a [4, 4] tensor of float32 is 64 bytes.
func TestSharing(t *testing.T) {
	for _, c := range []struct {
		what         string
		nodes        []*wire.Node
		steps, roots int
		bytes        int64
	}{
		{"a chain works in place, but not on the input", []*wire.Node{node("Relu", "x", "a"), node("Abs", "a", "b"), node("Neg", "b", "y")}, 3, 2, 128},
		{"a view is no step", []*wire.Node{node("Relu", "x", "a"), node("Flatten", "a", "b"), node("Neg", "b", "y")}, 2, 2, 128},
		{"what is read later stays", []*wire.Node{node("Relu", "x", "a"), node("Neg", "a", "b"), node("Add", "ab", "y")}, 3, 3, 192},
		{"a view keeps its memory in use", []*wire.Node{
			node("Relu", "x", "a"), node("Flatten", "a", "v"), node("Neg", "a", "b"), node("Add", "bv", "y"),
		}, 3, 3, 192},
		{"a value twice", []*wire.Node{node("Relu", "x", "a"), node("Mul", "aa", "y")}, 2, 2, 128},
		{"an output that is a view of the input is copied", []*wire.Node{node("Flatten", "x", "y")}, 1, 2, 128},
		{"an output that is the input is copied", []*wire.Node{node("Relu", "x", "a"), node("Identity", "x", "y")}, 1, 2, 128},
		{"dead nodes are left out", []*wire.Node{node("Relu", "x", "a"), node("Neg", "a", "b"), node("Abs", "x", "y")}, 1, 2, 128},
		{"memory is used again", []*wire.Node{
			node("Transpose", "x", "a"), node("Transpose", "a", "b"), node("Transpose", "b", "c"), node("Transpose", "c", "y"),
		}, 4, 5, 192},
	} {
		p, err := planOf(t, roomy, c.nodes...)
		if err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		if got := fmt.Sprint(len(p.Steps), roots(p), p.ArenaBytes); got != fmt.Sprint(c.steps, c.roots, c.bytes) {
			t.Errorf("%s: steps, pieces, bytes = %s; want %d %d %d", c.what, got, c.steps, c.roots, c.bytes)
		}
	}
}

func TestLimit(t *testing.T) {
	nodes := []*wire.Node{node("Relu", "x", "y")}
	if _, err := planOf(t, plan.Options{Threads: 1, Limit: 128}, nodes...); err != nil {
		t.Errorf("Build at the limit = %v", err)
	}
	_, err := planOf(t, plan.Options{Threads: 1, Limit: 127}, nodes...)
	if e := (*fault.LimitError)(nil); !errors.As(err, &e) || e.Got != 128 {
		t.Errorf("Build beyond the limit = %v; want a *LimitError of 128", err)
	}
}

// TestDead checks that nodes without use are left out, unless they are asked for.
func TestDead(t *testing.T) {
	for dead, want := range map[bool]int{false: 1, true: 3} {
		o := roomy
		o.Dead = dead
		p, err := planOf(t, o, node("Abs", "x", "a"), node("Neg", "a", "b"), node("Relu", "x", "y"))
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Steps) != want {
			t.Errorf("Dead %v: %d steps; want %d", dead, len(p.Steps), want)
		}
	}
}
