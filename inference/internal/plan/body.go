package plan

import (
	"context"
	"slices"
	"sync"

	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// keptBodies is how many plans are kept of each body, for the shapes that it met last.
const keptBodies = 4

// bodies remembers the plans of the bodies in a plan, those used last first. It is safe for concurrent use.
type bodies struct {
	mu    sync.Mutex
	plans map[*ops.Body][]*Plan
}

// Body returns the plan of a body of one of p's nodes for a call with these values.
func (p *Plan) Body(ctx context.Context, b *ops.Body, in, captured []*tensor.Tensor, o Options) (*Plan, error) {
	p.bodies.mu.Lock()
	defer p.bodies.mu.Unlock()
	list := p.bodies.plans[b]
	for i, known := range list {
		if known.fits(in, captured) {
			if i > 0 {
				copy(list[1:i+1], list[:i])
				list[0] = known
			}
			return known, nil
		}
	}
	made, err := p.planBody(ctx, b, in, captured, o)
	if err != nil {
		return nil, err
	}
	if p.bodies.plans == nil {
		p.bodies.plans = map[*ops.Body][]*Plan{}
	}
	p.bodies.plans[b] = append([]*Plan{made}, list[:min(len(list), keptBodies-1)]...)
	return made, nil
}

// fits reports whether p was made for values of these shapes.
func (p *Plan) fits(in, captured []*tensor.Tensor) bool {
	for i, slot := range p.Lent {
		if slot < 0 {
			continue
		}
		var t *tensor.Tensor
		if i < len(in) {
			t = in[i]
		} else {
			t = captured[i-len(in)]
		}
		if s := &p.Slots[slot]; s.Box != (t.Held != nil) || s.DType != t.DType || !s.Box && !slices.Equal(s.Shape, t.Shape) {
			return false
		}
	}
	return true
}

func (p *Plan) planBody(ctx context.Context, b *ops.Body, in, captured []*tensor.Tensor, o Options) (*Plan, error) {
	operands := make([]ops.Operand, 0, len(in)+len(captured))
	operand := func(t *tensor.Tensor, known ops.Operand) {
		if t.Held == nil {
			known.Type = graph.TensorType(t.DType, shape.FromInts(t.Shape))
		}
		operands = append(operands, known)
	}
	for i, t := range in {
		operand(t, ops.Operand{Type: b.In[i].Type})
	}
	for i, t := range captured {
		operand(t, b.Captured[i])
	}
	prog := p.Program.Bodies[b.Graph]
	typing, err := prog.InferBody(ctx, operands)
	if err != nil {
		return nil, err
	}
	var given []graph.ID
	for i := range operands {
		if operands[i].Value == nil {
			given = append(given, b.Graph.Input(i))
		}
	}
	o.Lent = true
	made, err := Build(prog, typing, given, o)
	if err != nil {
		return nil, err
	}
	made.Lent = make([]int, len(operands))
	for i := range operands {
		made.Lent[i] = -1
		if operands[i].Value == nil {
			made.Lent[i] = made.Inputs[b.Graph.Input(i)]
		}
	}
	return made, nil
}

// boxed reports whether values of a type are no tensors.
func boxed(t *graph.Type) bool { return t.Kind != wire.TypeTensor && t.Kind != wire.TypeSparseTensor }
