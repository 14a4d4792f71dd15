package plan_test

import (
	"bytes"
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
	"github.com/brinkml/brink/inference/internal/check"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/plan"
	"github.com/brinkml/brink/inference/internal/wire"
)

// product plans a product of two matrices of [n, n].
func product(t *testing.T, n, threads int) *plan.Plan {
	t.Helper()
	b := build.New("product", nil)
	x := b.Input("x", inference.Float32, build.Fixed(n), build.Fixed(n))
	b.Output("y", b.Op("MatMul", []build.Value{x, x}), inference.Float32, build.Fixed(n), build.Fixed(n))
	var file bytes.Buffer
	if _, err := b.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	w, err := wire.Decode(file.Bytes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	g, err := graph.Build(w, nil)
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
	made, err := plan.Build(p, typing, g.Main.Inputs, plan.Options{Threads: threads, Limit: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// TestThreads checks that only plans with enough work have steps of several parts, and that there are more parts than
// threads when there is much work.
func TestThreads(t *testing.T) {
	for _, c := range []struct {
		n, threads, least, most int
	}{
		{8, 4, 1, 1},
		{512, 1, 1, 1},
		{512, 2, 4, 8},
		{512, 4, 8, 16},
	} {
		p := product(t, c.n, c.threads)
		if parts := p.Steps[0].Parts; parts < c.least || parts > c.most || (parts > 1) != (p.Shared > 0) {
			t.Errorf("[%d, %d] on %d threads: %d parts, %v to share; want %d to %d parts",
				c.n, c.n, c.threads, parts, p.Shared, c.least, c.most)
		}
	}
}
