package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// Eval computes a node whose inputs are all there: it infers, makes the kernel, allocates the outputs within the
// budget and runs. In has the length of n.In, nil where left out. It is how constants are folded and how nodes run
// whose shapes depend on data. N itself is not changed. A node without bodies needs no caller.
func Eval(run *Run, caller Caller, n *Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	late := *n
	late.In = slices.Clone(n.In)
	late.Out = slices.Clone(n.Out)
	for i, t := range in {
		if t != nil {
			late.In[i].Value = t
			if t.Held == nil {
				late.In[i].Shape = shape.FromInts(t.Shape)
			}
		}
	}
	if len(n.Bodies) == 0 { // a kernel with bodies gets the shapes from them
		for i := range late.Out {
			late.Out[i].Shape, late.Out[i].Value = shape.Shape{}, nil
		}
		if err := late.Version.Infer(&late); err != nil {
			return nil, err
		}
	}
	out := make([]*tensor.Tensor, len(late.Out))
	known := true
	for i := range late.Out {
		o := &late.Out[i]
		if !o.Present {
			continue
		}
		out[i] = o.Value
		known = known && o.Value != nil
	}
	if known {
		return out, nil
	}
	kernel, err := late.Version.New(&late)
	if err != nil {
		return nil, err
	}
	for i := range late.Out {
		o := &late.Out[i]
		if !o.Present {
			continue
		}
		out[i] = &tensor.Tensor{DType: o.DType}
		if o.Kind != wire.TypeTensor || !o.Shape.Static() {
			continue // the kernel gives it
		}
		dims := o.Dims()
		if err := run.Budget.Take(o.DType, dims); err != nil {
			return nil, err
		}
		out[i] = tensor.New(o.DType, dims)
	}
	c := &Ctx{In: in, Out: out, Run: run, Caller: caller}
	if s, ok := kernel.(Scratcher); ok {
		size := s.Scratch()
		if err := run.Budget.TakeBytes(int64(size)); err != nil {
			return nil, err
		}
		c.Scratch = tensor.Alloc(size)
	}
	if err := kernel.Run(c); err != nil {
		return nil, err
	}
	for _, t := range out {
		if t != nil && t.Shape == nil && t.Held == nil {
			return nil, fault.Shape("the shape of an output cannot be told")
		}
	}
	return out, nil
}
