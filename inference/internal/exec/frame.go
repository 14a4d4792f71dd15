// Package exec runs plans: a frame is the memory of one run at a time, and running it calls the kernels of the plan
// one after the other, some of them split over the goroutines of a pool. A panic in a kernel becomes an error that names
// the node.
//
// A [Frame] is the memory that one run of a plan needs; as many runs can go on at once as there are frames. Kernels
// whose work is worth sharing are shared with the goroutines of a [Pool].
package exec

import (
	"context"
	"errors"
	"fmt"

	"github.com/brinkml/brink/inference/internal/check"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/plan"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// Frame is a plan with memory to run it in. It belongs to one goroutine at a time.
type Frame struct {
	plan    *plan.Plan
	arena   []byte
	tensors []tensor.Tensor // by slot
	steps   []ops.Ctx       // by step
	run     *ops.Run
	fork    fork
	pool    *Pool
	bodies  map[*plan.Plan]*Frame // of the nodes that have some
	outputs []*tensor.Tensor      // of a body

	// After, when set, is called after each step. Tests look at the memory there.
	After func(step int)
}

// New takes the memory for a plan. Limit bounds what a run may take beside it, for values whose shapes depend on
// data. Pool may be nil.
func New(p *plan.Plan, pool *Pool, limit int64) *Frame {
	return newFrame(p, pool, &ops.Run{Budget: &ops.Budget{What: "bytes of values whose shapes depend on data", Limit: limit}})
}

func newFrame(p *plan.Plan, pool *Pool, run *ops.Run) *Frame {
	f := &Frame{
		plan:    p,
		arena:   tensor.Alloc(int(p.ArenaBytes)),
		tensors: make([]tensor.Tensor, len(p.Slots)),
		steps:   make([]ops.Ctx, len(p.Steps)),
		run:     run,
		pool:    pool,
	}
	for i := range p.Slots {
		s := &p.Slots[i]
		t := &f.tensors[i]
		t.DType, t.Shape = s.DType, s.Shape
		switch {
		case s.Const != nil:
			*t = *s.Const
		case s.Arena():
			n := tensor.Elems(s.Shape) * s.DType.Size()
			t.Data = f.arena[s.Offset : s.Offset+n : s.Offset+n]
		case s.DType == dtype.String && s.Shape != nil:
			t.Strings = make([]string, tensor.Elems(s.Shape))
		}
	}
	tensors := func(slots []int) []*tensor.Tensor {
		out := make([]*tensor.Tensor, len(slots))
		for i, slot := range slots {
			if slot >= 0 {
				out[i] = &f.tensors[slot]
			}
		}
		return out
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		f.steps[i] = ops.Ctx{
			In:      tensors(s.In),
			Out:     tensors(s.Out),
			Scratch: f.arena[s.Offset : s.Offset+s.Scratch : s.Offset+s.Scratch],
			Run:     f.run,
			Caller:  f,
		}
	}
	return f
}

// Tensor returns the value in a slot. Its header changes from run to run when its shape depends on data.
func (f *Frame) Tensor(slot int) *tensor.Tensor { return &f.tensors[slot] }

// Run executes the plan on what its input slots hold. A panic of a kernel comes back as an error that names the node.
func (f *Frame) Run(ctx context.Context) (err error) {
	f.run.Context, f.run.Calls = ctx, 0
	f.run.Budget.Back(0)
	defer func() { f.run.Context = nil }()
	return f.all(ctx)
}

// all does all steps.
func (f *Frame) all(ctx context.Context) (err error) {
	current := 0
	defer func() {
		if r := recover(); r != nil {
			err = f.nodeError(current, fmt.Errorf("internal fault: %v", r))
		}
	}()
	for i := range f.plan.Steps {
		current = i
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.step(&f.plan.Steps[i], &f.steps[i]); err != nil {
			return f.nodeError(i, err)
		}
		if f.After != nil {
			f.After(i)
		}
	}
	return ctx.Err() // kernels may have ended early
}

func (f *Frame) step(s *plan.Step, c *ops.Ctx) error {
	switch {
	case s.Late != nil:
		return f.late(s, c)
	case s.Parts > 1 && f.pool != nil:
		return f.fork.run(f.pool, s.Kernel.(ops.Splitter), c, s.Parts)
	}
	return s.Kernel.Run(c)
}

// late evaluates a node whose shapes depend on data.
func (f *Frame) late(s *plan.Step, c *ops.Ctx) error {
	out, err := ops.Eval(f.run, f, s.Late, c.In)
	if err != nil {
		return err
	}
	for i, t := range out {
		if t != nil && c.Out[i] != nil {
			*c.Out[i] = *t
		}
	}
	return nil
}

// nodeError wraps an error with the node of a step. Only a context's own error stays as it is.
func (f *Frame) nodeError(step int, err error) error {
	n := f.plan.Steps[step].Node
	if inner := (*fault.NodeError)(nil); errors.As(err, &inner) {
		return err // of a node in a body
	}
	if n == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return check.NodeError(f.plan.Graph, n, err)
}
