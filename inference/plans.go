package inference

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"

	"github.com/brinkml/brink/inference/internal/check"
	"github.com/brinkml/brink/inference/internal/exec"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/plan"
)

// keptPlans is how many sets of input shapes a session remembers the plans of.
const keptPlans = 8

// plans is a session's memory of plans, the one used last first.
type plans struct {
	mu   sync.Mutex
	list []*planned
}

// planned is a plan with frames to run it in. Frames that nobody uses are left to the garbage collector.
type planned struct {
	key    string
	once   sync.Once
	plan   *plan.Plan
	err    error
	frames sync.Pool
}

// find returns the entry for a key, making it when there is none.
func (p *plans) find(key string) *planned {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.IndexFunc(p.list, func(e *planned) bool { return e.key == key })
	var e *planned
	if at >= 0 {
		e = p.list[at]
		p.list = slices.Delete(p.list, at, at+1)
	} else {
		e = &planned{key: key}
		p.list = p.list[:min(len(p.list), keptPlans-1)]
	}
	p.list = append([]*planned{e}, p.list...)
	return e
}

func (p *plans) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = nil
}

// planFor returns the plan for the given inputs of the given shapes. Inputs without a shape have that which the model
// declares for them, or their default.
func (s *Session) planFor(dims map[graph.ID][]int) (*planned, error) {
	if dims == nil {
		dims = map[graph.ID][]int{}
		if err := s.model.complete(dims, true); err != nil {
			return nil, err
		}
	}
	e := s.plans.find(s.model.shapeKey(dims))
	e.once.Do(func() {
		e.plan, e.err = s.model.plan(dims, plan.Options{Threads: s.opts.Threads, Limit: s.opts.MemoryLimit, Tools: &s.opts.Tools, CPU: s.cpu})
	})
	if e.err != nil {
		return nil, e.err
	}
	return e, nil
}

// plan makes a plan.
func (m *Model) plan(dims map[graph.ID][]int, o plan.Options) (*plan.Plan, error) {
	prog, base := m.fast, m.known
	given := make([]graph.ID, 0, len(dims))
	for _, id := range m.prog.Graph.Inputs {
		if _, ok := dims[id]; !ok {
			continue
		}
		given = append(given, id)
		if m.prog.Graph.Values[id].Const != nil {
			prog, base = m.prog, nil // a default is replaced: what was computed from it does not hold
		}
	}
	o.Dead = m.passes.Dead()
	p, err := planProgram(prog, base, dims, given, o)
	if errors.Is(err, check.ErrRange) {
		p, err = planProgram(m.prog, nil, dims, given, o)
	}
	return p, err
}

func planProgram(prog *check.Program, base *check.Typing, dims map[graph.ID][]int, given []graph.ID, o plan.Options) (*plan.Plan, error) {
	typing, err := prog.Infer(context.Background(), shapesOf(dims), base)
	if err != nil {
		return nil, err
	}
	return plan.Build(prog, typing, given, o)
}

// shapeKey writes shapes as a string that is equal for equal shapes of the same inputs.
func (m *Model) shapeKey(dims map[graph.ID][]int) string {
	var key []byte
	for _, id := range m.prog.Graph.Inputs {
		d, ok := dims[id]
		if !ok {
			continue
		}
		key = strconv.AppendInt(key, int64(id), 10)
		for _, n := range d {
			key = strconv.AppendInt(append(key, ','), int64(n), 10)
		}
		key = append(key, ';')
	}
	return string(key)
}

// frame returns memory to run the plan in, used before or new.
func (e *planned) frame(s *Session) *exec.Frame {
	if f, ok := e.frames.Get().(*exec.Frame); ok {
		return f
	}
	return s.newFrame(e.plan)
}

func (e *planned) put(f *exec.Frame) { e.frames.Put(f) }

func (s *Session) newFrame(p *plan.Plan) *exec.Frame {
	return exec.New(p, s.pool, s.opts.MemoryLimit-p.ArenaBytes)
}
