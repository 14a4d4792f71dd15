package exec

import (
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/plan"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// keptFrames bounds the frames that a frame keeps for the bodies of its nodes.
const keptFrames = 64

// Call runs a body of one of the nodes: planned when it meets inputs of new shapes, in memory of its own, which counts
// against the limit while the body runs.
func (f *Frame) Call(b *ops.Body, in, captured []*tensor.Tensor) ([]*tensor.Tensor, error) {
	budget := f.run.Budget
	o := plan.Options{Threads: f.plan.Threads, Tools: f.plan.Tools, CPU: f.plan.CPU, Limit: budget.Limit - budget.Taken()}
	p, err := f.plan.Body(f.run.Context, b, in, captured, o)
	if err != nil {
		return nil, err
	}
	if err := budget.TakeBytes(p.ArenaBytes); err != nil {
		return nil, err
	}
	body := f.body(p)
	for i, slot := range p.Lent {
		switch {
		case slot < 0:
		case i < len(in):
			body.tensors[slot] = *in[i]
		default:
			body.tensors[slot] = *captured[i-len(in)]
		}
	}
	err = body.join(f.run.Context)
	budget.Back(budget.Taken() - p.ArenaBytes)
	return body.outputs, err
}

// body returns the frame in which a body runs.
func (f *Frame) body(p *plan.Plan) *Frame {
	if body := f.bodies[p]; body != nil {
		return body
	}
	if f.bodies == nil || len(f.bodies) == keptFrames {
		f.bodies = map[*plan.Plan]*Frame{}
	}
	body := newFrame(p, f.pool, f.run)
	for _, slot := range p.Outputs {
		body.outputs = append(body.outputs, &body.tensors[slot])
	}
	f.bodies[p] = body
	return body
}
