package inference

import (
	"math"

	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/plan"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// Report says what a model consists of and what it takes to run it.
type Report struct {
	// Operators lists what the model's nodes are, those in the bodies of control-flow operators included, sorted.
	Operators []OpUse

	// Unsupported lists what of it this package cannot run, each with the reason. It is empty for a model that runs.
	Unsupported []OpUse

	// Parameters is the number of elements, and WeightBytes the size in memory, of all constant tensors in the model.
	Parameters  int64
	WeightBytes int64

	// MACs is the number of multiply-accumulates that the convolutions, matrix products and recurrent layers of one
	// run take. It is -1 when shapes are not known, or when those of such an operator depend on data.
	MACs int64

	// PeakBytes is the memory that a run takes for inputs, outputs and everything between them, in one block. It is
	// -1 when shapes are not known. Values whose shapes depend on data come on top of it.
	PeakBytes int64
}

// Report describes the model. MACs and PeakBytes are those of a run on one thread with the shapes that the model
// declares, and -1 if it leaves any open: then [Binding.Report] tells them.
func (m *Model) Report() *Report {
	r := m.report()
	if !m.static() || len(r.Unsupported) > 0 || !m.acquire() {
		return r
	}
	defer m.release()
	dims := map[graph.ID][]int{}
	if err := m.complete(dims, true); err != nil {
		return r
	}
	if p, err := m.plan(dims, plan.Options{Threads: 1, Limit: math.MaxInt64}); err == nil {
		r.MACs, r.PeakBytes = p.MACs, p.ArenaBytes
	}
	return r
}

// Report describes the model as this binding runs it.
func (b *Binding) Report() *Report {
	r := b.session.model.report()
	r.MACs, r.PeakBytes = b.plan.MACs, b.plan.ArenaBytes
	return r
}

// report says what does not depend on shapes.
func (m *Model) report() *Report {
	r := &Report{Operators: m.prog.Operators(), Unsupported: m.prog.Unsupported(), MACs: -1, PeakBytes: -1}
	r.weigh(m.prog.Graph)
	return r
}

// weigh adds the constants of g and of the bodies in it.
func (r *Report) weigh(g *graph.Graph) {
	add := func(t *tensor.Tensor) {
		r.Parameters += int64(t.Len())
		r.WeightBytes += int64(len(t.Data))
		for _, s := range t.Strings {
			r.WeightBytes += int64(len(s))
		}
	}
	for i := range g.Values {
		if t := g.Values[i].Const; t != nil {
			add(t)
		}
	}
	for i := range g.Nodes {
		for _, a := range g.Nodes[i].Attrs {
			if t, ok := a.Value.(*tensor.Tensor); ok {
				add(t)
			}
		}
		for body := range g.Nodes[i].Bodies {
			r.weigh(body)
		}
	}
}
