package inference

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/exec"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// Session runs a model. It keeps the plans for the input shapes that it met last, and, with more than one thread, a
// few goroutines that sleep between runs; they start with the first kernel that needs them and end with Close.
// A Session is safe for concurrent use.
type Session struct {
	model *Model
	opts  Options
	pool  *exec.Pool
	plans plans

	mu     sync.RWMutex // held for reading by every run
	closed bool
}

func newSession(m *Model, o Options) *Session {
	s := &Session{model: m, opts: o}
	if o.Threads > 1 {
		s.pool = exec.NewPool(o.Threads)
	}
	return s
}

// Close waits for runs that go on, ends the session's goroutines and lets go of the model. What runs returned stays
// valid, and so do the slices of bindings. Closing twice is harmless.
func (s *Session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if s.pool != nil {
		s.pool.Close()
	}
	s.plans.clear()
	s.model.release()
	return nil
}

// Run computes the outputs for the given inputs, by name. Every input that [Model.Inputs] lists must be there, with
// the type and the shape that the model declares. Inputs are not kept or changed; the outputs are the caller's.
//
// Errors: *[InputError] and *[ShapeError] for inputs that do not fit, *[LimitError] for shapes that need too much
// memory, *[NodeError] when an operator fails, the context's error when it ends before the run does, [ErrClosed].
func (s *Session) Run(ctx context.Context, in map[string]Value) (map[string]Value, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, ErrClosed
	}
	dims := make(map[graph.ID][]int, len(in))
	given := make(map[graph.ID]*tensor.Tensor, len(in))
	for name, v := range in {
		id, err := s.model.input(name)
		if err != nil {
			return nil, err
		}
		t, ok := v.(*Tensor)
		if !ok || t == nil {
			return nil, fault.Input(name, "a value of type %T where a tensor is needed", v)
		}
		if want := s.model.declared.Values[id].DType; t.t.DType != want {
			return nil, fault.Input(name, "elements are %v, the model takes %v", t.t.DType, want)
		}
		dims[id] = t.t.Shape
		given[id] = t.t
	}
	if err := s.model.complete(dims, false); err != nil {
		return nil, err
	}
	p, err := s.planFor(dims)
	if err != nil {
		return nil, err
	}
	f := p.frame(s)
	defer p.put(f)
	for id, t := range given {
		slot := f.Tensor(p.plan.Inputs[id])
		copy(slot.Data, t.Data)
		copy(slot.Strings, t.Strings)
	}
	if err := f.Run(ctx); err != nil {
		return nil, err
	}
	out := make(map[string]Value, len(p.plan.Outputs))
	for i, slot := range p.plan.Outputs {
		t := f.Tensor(slot)
		result := &tensor.Tensor{DType: t.DType, Shape: slices.Clone(t.Shape), Strings: slices.Clone(t.Strings)}
		if t.DType != dtype.String {
			result.Data = tensor.Alloc(len(t.Data))
			copy(result.Data, t.Data)
		}
		out[s.model.outputs[i].Name] = &Tensor{result}
	}
	return out, nil
}

// input finds an input by name.
func (m *Model) input(name string) (graph.ID, error) {
	id, ok := m.byName[name]
	if !ok {
		names := slices.Sorted(maps.Keys(m.byName))
		return 0, fault.Input(name, "the model has no such input; it has %s", strings.Join(names, ", "))
	}
	if m.prog.Graph.Values[id].Type.Kind != wire.TypeTensor {
		return 0, fault.Input(name, "inputs that are no tensors cannot be given")
	}
	return id, nil
}

// complete checks given dimensions against the model's declarations. With fill it adds those of inputs that are not
// given where the model fixes them; else every input without a default must be given.
func (m *Model) complete(dims map[graph.ID][]int, fill bool) error {
	g := m.prog.Graph
	for _, id := range g.Inputs {
		v := &m.declared.Values[id]
		name := g.Values[id].Name
		got, ok := dims[id]
		if !ok {
			switch declared := g.Values[id].Type.Shape; {
			case g.Values[id].Const != nil:
			case !fill:
				return fault.Input(name, "the input is missing")
			case !declared.Static():
				return fault.Input(name, "the model leaves its shape open, so it must be given")
			default:
				dims[id] = declared.Ints()
			}
			continue
		}
		if _, err := tensor.Bytes(v.DType, got); err != nil {
			return fault.Input(name, "shape %v: %v", got, err)
		}
		declared := g.Values[id].Type.Shape
		if !declared.Ranked() {
			continue
		}
		if len(got) != declared.Rank() {
			return fault.Input(name, "shape %v has %d dimensions, the model takes %d", got, len(got), declared.Rank())
		}
		for i, d := range declared.Dims() {
			if d.Known() && int(d) != got[i] {
				return fault.Input(name, "shape %v does not fit, the model takes %v", got, declared.Ints())
			}
		}
	}
	return nil
}
