// Package exec runs plans: a frame is the memory of one run at a time, and running it calls the kernels of the plan
// one after the other, some of them split over the goroutines of a pool. A panic in a kernel becomes an error that names
// the node.
//
// A [Frame] is the memory that one run of a plan needs; as many runs can go on at once as there are frames. Its steps
// are a list of kernels with everything that they run on, so that a run does nothing between two of them but look at
// its context. Kernels whose work is worth sharing are shared with the goroutines of a [Pool].
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
	steps   []step
	run     *ops.Run
	fork    fork
	pool    *Pool                 // nil when no step is worth sharing
	bodies  map[*plan.Plan]*Frame // of the nodes that have some
	outputs []*tensor.Tensor      // of a body

	// After, when set, is called after each step: to measure it, and by tests to look at the memory there.
	After func(step int)
}

// step is a kernel and what it runs on.
type step struct {
	kernel ops.Kernel
	ctx    ops.Ctx
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
		steps:   make([]step, len(p.Steps)),
		run:     run,
		pool:    pool,
	}
	f.fork.rouse = p.Shared >= wakeFor
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
		c := ops.Ctx{
			In:      tensors(s.In),
			Out:     tensors(s.Out),
			Scratch: f.arena[s.Offset : s.Offset+s.Scratch : s.Offset+s.Scratch],
			Run:     f.run,
			Caller:  f,
		}
		f.steps[i] = step{f.kernel(s, &c), c}
	}
	return f
}

// kernel returns what runs a step of the plan in f, on c.
func (f *Frame) kernel(s *plan.Step, c *ops.Ctx) ops.Kernel {
	switch {
	case s.Late != nil:
		return &late{f, s.Late}
	case s.Parts > 1 && f.pool != nil:
		k := &shared{f, s.Kernel.(ops.Splitter), s.Parts, make([]ops.Ctx, s.Sharers(f.plan.Threads))}
		each := len(c.Scratch) / len(k.ctxs)
		for i := range k.ctxs {
			k.ctxs[i] = *c
			k.ctxs[i].Scratch = c.Scratch[i*each:][:each:each]
		}
		return k
	}
	return s.Kernel
}

// Tensor returns the value in a slot. Its header changes from run to run when its shape depends on data.
func (f *Frame) Tensor(slot int) *tensor.Tensor { return &f.tensors[slot] }

// Run executes the plan on what its input slots hold. A panic of a kernel comes back as an error that names the node.
func (f *Frame) Run(ctx context.Context) error {
	f.run.Context, f.run.Calls = ctx, 0
	f.run.Budget.Back(0)
	err := f.join(ctx)
	f.run.Context = nil
	return err
}

// join does all steps, with the helpers at hand if some of the steps are worth sharing.
func (f *Frame) join(ctx context.Context) error {
	if f.plan.Shared == 0 || f.pool == nil || !f.pool.begin(f.plan.Shared) {
		return f.all(ctx)
	}
	defer f.pool.end()
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
	done := ctx.Done() // nil for a context that never ends
	for i := range f.steps {
		current = i
		if done != nil {
			select {
			case <-done:
				return ctx.Err()
			default:
			}
		}
		s := &f.steps[i]
		if err := s.kernel.Run(&s.ctx); err != nil {
			return f.nodeError(i, err)
		}
		if f.After != nil {
			f.After(i)
		}
	}
	return ctx.Err() // kernels may have ended early
}

// shared is a kernel whose parts several goroutines do.
type shared struct {
	frame  *Frame
	kernel ops.Splitter
	parts  int
	ctxs   []ops.Ctx // one for each goroutine that may do some of them
}

func (k *shared) Run(*ops.Ctx) error {
	return k.frame.fork.run(k.frame.pool, k.kernel, k.ctxs, k.parts)
}

// late evaluates a node whose shapes depend on data.
type late struct {
	frame *Frame
	node  *ops.Node
}

func (k *late) Run(c *ops.Ctx) error {
	out, err := ops.Eval(k.frame.run, k.frame, k.node, c.In)
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
