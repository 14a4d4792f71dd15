package inference

import (
	"math"
	"slices"
	"strconv"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/plan"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
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

	// Open names the dimensions of inputs that the model leaves open: by the symbol that it gives them, or as "x[0]" when
	// it gives none. MACs and PeakBytes are functions of these: [Model.ReportAt].
	Open []string

	// MACs is the number of multiply-accumulates that the convolutions, matrix products and recurrent layers of one
	// run take. It is -1 when shapes are not known, or when those of such an operator depend on data.
	MACs int64

	// PeakBytes is the memory that a run takes for inputs, outputs and everything between them, in one block. It is
	// -1 when shapes are not known. Values whose shapes depend on data come on top of it, and what the bodies of loops
	// and branches take while they run.
	PeakBytes int64
}

// Report describes the model. MACs and PeakBytes are those of a run on one thread with the shapes that the model
// declares, and -1 if it leaves any open: then [Model.ReportAt] and [Binding.Report] tell them.
func (m *Model) Report() *Report {
	if r := m.report(); len(r.Open) > 0 || len(r.Unsupported) > 0 {
		return r
	}
	r, err := m.ReportAt(nil)
	if err != nil {
		return m.report()
	}
	return r
}

// ReportAt describes the model as it runs on one thread when the dimensions that it leaves open are those given, by the
// names that [Report.Open] lists. No memory is taken for it. It returns an *[InputError] when one is missing or is none of
// the model's, and the errors of [Session.Bind].
func (m *Model) ReportAt(dims map[string]int) (*Report, error) {
	r := m.report()
	if len(r.Unsupported) > 0 {
		return nil, &UnsupportedError{Missing: r.Unsupported}
	}
	if !m.acquire() {
		return nil, ErrClosed
	}
	defer m.release()
	for name := range dims {
		if !slices.Contains(r.Open, name) {
			return nil, fault.Input(name, "the model leaves no such dimension open; it leaves %q", r.Open)
		}
	}
	shapes := map[graph.ID][]int{}
	for id, names := range m.open {
		s := m.declared.Values[id].Shape.Ints()
		for i, name := range names {
			if name == "" {
				continue
			}
			n, ok := dims[name]
			if !ok {
				return nil, fault.Input(name, "the model leaves this dimension open, so it must be given")
			}
			s[i] = n
		}
		shapes[id] = s
	}
	if err := m.complete(shapes, true); err != nil {
		return nil, err
	}
	p, err := m.plan(shapes, plan.Options{Threads: 1, Limit: math.MaxInt64, Tools: &noTools, CPU: cpu.Best()})
	if err != nil {
		return nil, err
	}
	r.MACs, r.PeakBytes = p.MACs, p.ArenaBytes
	return r, nil
}

// noTools stand in for the tools of plans that are looked at and never run.
var noTools = Tools{Regexp: func(string) (func(string) bool, error) { return nil, nil }}

// openDims returns the names of the dimensions that inputs without a default leave open, "" for those that are fixed.
func openDims(m *Model) map[graph.ID][]string {
	out := map[graph.ID][]string{}
	for _, id := range m.prog.Graph.Inputs {
		v := &m.prog.Graph.Values[id]
		if v.Const != nil || v.Type.Kind != wire.TypeTensor || !v.Type.Shape.Ranked() || v.Type.Shape.Static() {
			continue
		}
		for i, d := range v.Type.Shape.Dims() {
			name := ""
			if sym, ok := d.SymbolIndex(); ok {
				name = m.prog.Model.Symbols[sym]
			} else if !d.Known() {
				name = v.Name + "[" + strconv.Itoa(i) + "]"
			}
			out[id] = append(out[id], name)
		}
	}
	return out
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
	for _, id := range m.prog.Graph.Inputs {
		for _, name := range m.open[id] {
			if name != "" && !slices.Contains(r.Open, name) {
				r.Open = append(r.Open, name)
			}
		}
	}
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
