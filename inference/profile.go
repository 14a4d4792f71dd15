package inference

import (
	"context"
	"slices"
	"time"

	"github.com/brinkml/brink/inference/internal/plan"
)

// NodeTime says how long a node of a model took in one run. Nodes are those that are left when the model was made
// ready to run: one may do what several of the file say, and some are gone.
type NodeTime struct {
	Name   string // as in the file, or the name of its first output
	Op     string // "" for a copy that the run needs beside the nodes
	Domain string // "" is ai.onnx
	Shape  []int  // of its first output

	Start time.Duration // since the beginning of the run
	Time  time.Duration // on the clock; several threads may have worked on it

	MACs  int64 // multiply-accumulates; 0 for operators that do not consist of them, or when shapes depend on data
	Bytes int64 // that its inputs and outputs take, weights included
}

// Profile does what [Binding.Run] does, with the same errors, and says how long each node took, in the order in which they
// ran. The nodes within the body of a Loop, an If or the like count for the node that has it. Unlike Run it allocates;
// each node comes out some 50 ns longer for being timed.
func (b *Binding) Profile(ctx context.Context) ([]NodeTime, error) {
	b.session.mu.RLock()
	defer b.session.mu.RUnlock()
	if b.session.closed {
		return nil, ErrClosed
	}
	times := make([]NodeTime, len(b.plan.Steps))
	var start time.Time
	last := time.Duration(0)
	b.frame.After = func(step int) {
		now := time.Since(start)
		times[step].Start, times[step].Time = last, now-last
		last = now
	}
	defer func() { b.frame.After = nil }()
	start = time.Now()
	if err := b.frame.Run(ctx); err != nil {
		return nil, err
	}
	for i := range times {
		b.describe(&times[i], &b.plan.Steps[i])
	}
	return times, nil
}

// describe notes what is known of a step beside its time.
func (b *Binding) describe(t *NodeTime, s *plan.Step) {
	if n := s.Node; n != nil {
		t.Name, t.Op, t.Domain = b.plan.Graph.Display(n), n.Op, n.Domain
	}
	t.MACs = s.MACs
	for _, slots := range [][]int{s.In, s.Out} {
		for _, slot := range slots {
			if slot >= 0 {
				x := b.frame.Tensor(slot)
				t.Bytes += int64(x.Len() * x.DType.Size())
			}
		}
	}
	if len(s.Out) > 0 && s.Out[0] >= 0 {
		t.Shape = slices.Clone(b.frame.Tensor(s.Out[0]).Shape)
	}
}
