package inference

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/brinkml/brink/inference/internal/cpu"
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
	cpu   cpu.Level
	pool  *exec.Pool
	plans plans

	mu     sync.RWMutex // held for reading by every run
	closed bool
}

func newSession(m *Model, o Options) *Session {
	level, _ := cpu.Parse(o.CPU) // checked with the options
	s := &Session{model: m, opts: o, cpu: level}
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
// the type and the shape that the model declares; for an optional, what it may hold will do. Inputs are not kept or
// changed; the outputs are the caller's.
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
		t, err := s.model.accept(id, name, v)
		if err != nil {
			return nil, err
		}
		if t.Held == nil {
			dims[id] = append([]int{}, t.Shape...)
		} else {
			dims[id] = nil
		}
		given[id] = t
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
		slot.Held = t.Held
	}
	if err := f.Run(ctx); err != nil {
		return nil, err
	}
	out := make(map[string]Value, len(p.plan.Outputs))
	for i, slot := range p.plan.Outputs {
		out[s.model.outputs[i].Name] = public(tensor.Clone(f.Tensor(slot).Unwrap()))
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
	return id, nil
}

// accept checks a value for an input and returns what stands for it in a run. Empty sequences and optionals have no type
// of their own: they take on the input's.
func (m *Model) accept(id graph.ID, name string, v Value) (*tensor.Tensor, error) {
	want := &m.declared.Values[id].Type
	if t, ok := v.(*Tensor); ok && want.Kind == wire.TypeTensor {
		if t == nil {
			return nil, fault.Input(name, "the tensor is nil")
		}
		if t.t.DType != want.DType {
			return nil, fault.Input(name, "elements are %v, the model takes %v", t.t.DType, want.DType)
		}
		return t.t, nil
	}
	inner, err := checked(v, want)
	if err != nil {
		return nil, fault.Input(name, "%v: the model takes %v", err, want)
	}
	return tensor.Wrap(inner), nil
}

// checked returns the internal form of a value that must be of a type. Containers are checked all the way down, because
// kernels rely on the type. Where an optional is wanted, what it may hold will do, and a sequence of at most one: a
// serialized optional looks like one.
func checked(v Value, want *graph.Type) (tensor.Value, error) {
	if _, ok := v.(*Optional); !ok && want.Kind == wire.TypeOptional && v != nil {
		item, err := checked(v, want.Elem)
		if s, ok := v.(*Sequence); ok && s != nil && (err != nil || len(s.Values) == 0) {
			switch len(s.Values) {
			case 0:
				return &tensor.Optional{}, nil
			case 1:
				item, err = checked(s.Values[0], want.Elem)
			}
		}
		return &tensor.Optional{Item: item}, err
	}
	switch v := v.(type) {
	case *Tensor:
		if v != nil && want.Kind == wire.TypeTensor && v.t.DType == want.DType {
			return v.t, nil
		}
	case *Sequence:
		if v == nil || want.Kind != wire.TypeSequence {
			break
		}
		items := make([]tensor.Value, len(v.Values))
		for i, item := range v.Values {
			var err error
			if items[i], err = checked(item, want.Elem); err != nil {
				return nil, err
			}
		}
		return &tensor.Sequence{Items: items}, nil
	case *Optional:
		switch {
		case v == nil || want.Kind != wire.TypeOptional:
		case v.Value == nil:
			return &tensor.Optional{}, nil
		default:
			item, err := checked(v.Value, want.Elem)
			return &tensor.Optional{Item: item}, err
		}
	case *Map:
		if v == nil || want.Kind != wire.TypeMap || v.Keys == nil {
			break
		}
		return checkedMap(v, want)
	}
	return nil, fmt.Errorf("a value of type %T", v)
}

// checkedMap makes one tensor of a map's values, which may also be a sequence of tensors of one element each.
func checkedMap(v *Map, want *graph.Type) (tensor.Value, error) {
	keys, values := v.Keys.t, tensor.New(want.Elem.DType, []int{v.Keys.Len()})
	var parts []Value
	switch list := v.Values.(type) {
	case *Tensor:
		parts = []Value{list}
	case *Sequence:
		parts = list.Values
	}
	n, size := 0, values.DType.Size()
	for _, part := range parts {
		t, ok := part.(*Tensor)
		if !ok || t == nil || t.t.DType != values.DType || n+t.Len() > keys.Len() {
			return nil, fmt.Errorf("a map whose values are not %d of %v", keys.Len(), values.DType)
		}
		copy(values.Data[n*size:], t.t.Data)
		if values.DType == dtype.String {
			copy(values.Strings[n:], t.t.Strings)
		}
		n += t.Len()
	}
	if keys.DType != want.Key || n != keys.Len() {
		return nil, fmt.Errorf("a map of %d keys of type %v and %d values", keys.Len(), keys.DType, n)
	}
	return &tensor.Map{Keys: keys, Values: values}, nil
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
			case fill && v.Kind != wire.TypeTensor:
				return fault.Input(name, "the input is no tensor: use Session.Run")
			case !fill:
				return fault.Input(name, "the input is missing")
			case !declared.Static():
				return fault.Input(name, "the model leaves its shape open, so it must be given")
			default:
				dims[id] = declared.Ints()
			}
			continue
		}
		if v.Kind != wire.TypeTensor {
			if fill {
				return fault.Input(name, "the input is no tensor: use Session.Run")
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
