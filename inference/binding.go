package inference

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/exec"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/plan"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// Binding is a model bound to memory for inputs of fixed shapes: write the inputs through the slices of [Input], call
// Run, read the slices of [Output]. Run allocates nothing unless shapes depend on data. A Binding belongs to one
// goroutine at a time; a session may have many.
type Binding struct {
	session *Session
	plan    *plan.Plan
	frame   *exec.Frame
	inputs  map[string]int // slots
	outputs map[string]int
}

// Bind takes the memory for runs with inputs of the given shapes, by name. Inputs whose shape the model fixes may be
// left out, and so may inputs with a default, which then have that. The inputs' memory starts as zeros and keeps what
// is written to it from run to run.
//
// Errors: *[InputError] for shapes that do not fit the declared ones, *[NodeError] where operators cannot take them,
// *[LimitError] for more memory than [Options] allow, before it is taken, and [ErrClosed].
func (s *Session) Bind(shapes map[string][]int) (*Binding, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, ErrClosed
	}
	dims := make(map[graph.ID][]int, len(shapes))
	for name, d := range shapes {
		id, err := s.model.input(name)
		if err != nil {
			return nil, err
		}
		dims[id] = append([]int{}, d...)
	}
	if err := s.model.complete(dims, true); err != nil {
		return nil, err
	}
	p, err := s.planFor(dims)
	if err != nil {
		return nil, err
	}
	b := &Binding{
		session: s, plan: p.plan, frame: s.newFrame(p.plan),
		inputs: map[string]int{}, outputs: map[string]int{},
	}
	for id, slot := range p.plan.Inputs {
		b.inputs[s.model.prog.Graph.Values[id].Name] = slot
	}
	for i, slot := range p.plan.Outputs {
		b.outputs[s.model.outputs[i].Name] = slot
	}
	return b, nil
}

// Run computes the outputs from what the inputs' memory holds. Errors: *[NodeError] when an operator fails, the
// context's error when it ends before the run does, and [ErrClosed]; the outputs then hold anything.
func (b *Binding) Run(ctx context.Context) error {
	b.session.mu.RLock()
	defer b.session.mu.RUnlock()
	if b.session.closed {
		return ErrClosed
	}
	return b.frame.Run(ctx)
}

// Shape returns the dimensions of an input or output; those of an output that depend on data are nil before the first
// run, and may be others after each. It returns an *[InputError] when there is none of that name.
func (b *Binding) Shape(name string) ([]int, error) {
	slot, ok := b.inputs[name]
	if !ok {
		if slot, ok = b.outputs[name]; !ok {
			return nil, fault.Input(name, "the model has no such input or output")
		}
	}
	return slices.Clone(b.frame.Tensor(slot).Shape), nil
}

// Input returns the memory of an input, row-major. It stays the same for the life of the binding. It returns an
// *[InputError] when there is no such input or its elements are not of type T.
func Input[T Element](b *Binding, name string) ([]T, error) {
	return view[T](b, b.inputs, name, "input")
}

// Output returns what the last run left in an output, row-major. It is valid until the next run. Where an output's
// shape depends on data it must be asked for again after each run; else it stays the same for the life of the binding.
// It returns an *[InputError] when there is no such output or its elements are not of type T.
func Output[T Element](b *Binding, name string) ([]T, error) {
	return view[T](b, b.outputs, name, "output")
}

func view[T Element](b *Binding, slots map[string]int, name, what string) ([]T, error) {
	slot, ok := slots[name]
	if !ok {
		names := slices.Sorted(maps.Keys(slots))
		return nil, fault.Input(name, "the model has no such %s; it has %s", what, strings.Join(names, ", "))
	}
	t := b.frame.Tensor(slot)
	if d := dtype.Of[T](); d != t.DType {
		return nil, fault.Input(name, "elements are %v, not %v", t.DType, d)
	}
	return tensor.View[T](t), nil
}
