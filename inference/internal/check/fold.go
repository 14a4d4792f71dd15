package check

import (
	"context"
	"errors"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// Bounds of what is computed ahead of a run: a node whose outputs are larger than its inputs by more than foldGrowth
// bytes runs when its turn comes, and so does all that comes after foldBytes, and twice the model's constants, or
// foldCost have been spent.
const (
	foldGrowth = 1 << 20
	foldBytes  = 16 << 20
	foldCost   = 1 << 28 // multiply-accumulates
)

// ErrRange is the error of constants that cannot be computed ahead of a run after all: there is one which is no number
// that its type can hold.
var ErrRange = errors.New("a constant is out of range")

// Late says what a program leaves to its runs although it could be computed ahead of them. The zero Late leaves nothing.
type Late struct {
	Constants bool // what follows from constants alone
	Shapes    bool // what follows from the shapes of the inputs, too
}

// FoldBudget returns how many bytes may be computed ahead of the runs of a graph.
func FoldBudget(g *graph.Graph) int64 {
	limit := int64(foldBytes)
	for i := range g.Values {
		if c := g.Values[i].Const; c != nil {
			limit += 2 * int64(len(c.Data))
		}
	}
	return limit
}

// folder computes nodes ahead of a run, within bounds.
type folder struct {
	ctx    context.Context
	late   Late
	budget ops.Budget
	cost   int64
	steps  int // nodes that were looked at
}

// maxSteps bounds the nodes that are looked at: those of bodies are whenever the shapes around them change, so that
// bodies within bodies multiply.
const maxSteps = 1 << 22

// step counts one more node.
func (f *folder) step() error {
	if f.steps++; f.steps > maxSteps {
		return &fault.LimitError{What: "steps of shape inference", Got: int64(f.steps), Max: maxSteps}
	}
	return nil
}

func newFolder(ctx context.Context, p *Program) *folder {
	return &folder{
		ctx: ctx, late: p.Late,
		budget: ops.Budget{What: "bytes computed ahead of a run", Limit: FoldBudget(p.Graph)},
	}
}

// fold sets the values of n's outputs when they follow from inputs that are all known, and constant if so said.
func (f *folder) fold(n *ops.Node, constant bool) error {
	if n.Version.Impure || n.Version.Needs != ops.ToolNone || len(n.Bodies) > 0 {
		return nil
	}
	// A node without inputs holds its value; there is nothing to compute.
	if len(n.In) > 0 && (constant && f.late.Constants || !constant && f.late.Shapes) {
		for i := range n.Out {
			n.Out[i].Value = nil
		}
		return nil
	}
	in := make([]*tensor.Tensor, len(n.In))
	var inBytes, outBytes int64
	for i := range n.In {
		if !n.In[i].Present {
			continue
		}
		if n.In[i].Value == nil {
			return nil
		}
		in[i] = n.In[i].Value
		size, err := tensor.Bytes(in[i].DType, in[i].Shape)
		if err != nil {
			return err
		}
		inBytes += size
	}
	done := true
	for i := range n.Out {
		o := &n.Out[i]
		if !o.Present || o.Value != nil {
			continue
		}
		done = false
		if !o.Shape.Static() {
			return nil
		}
		size, err := tensor.Bytes(o.DType, o.Dims())
		if err != nil {
			return err
		}
		outBytes += size
	}
	if done {
		return nil
	}
	if n.Version.View {
		v := *in[0]
		v.Shape = n.Out[0].Dims()
		n.Out[0].Value = &v
		return nil
	}
	if outBytes > inBytes+foldGrowth || outBytes > f.budget.Limit-f.budget.Taken() {
		return nil
	}
	if n.Version.Cost != nil {
		if f.cost += n.Version.Cost(n); f.cost > foldCost || f.cost < 0 {
			f.cost = foldCost
			return nil
		}
	}
	for i, t := range in {
		if t == nil {
			continue
		}
		var err error
		if in[i], err = t.Filled(); err != nil {
			return err
		}
	}
	out, err := ops.Eval(&ops.Run{Context: f.ctx, Budget: &f.budget}, nil, n, in)
	if _, ok := errors.AsType[*fault.LimitError](err); ok {
		return nil
	}
	if err != nil {
		return err
	}
	for i, o := range out {
		n.Out[i].Value = o
	}
	return nil
}
