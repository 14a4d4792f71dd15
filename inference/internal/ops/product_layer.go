package ops

import (
	f32kernels "github.com/brinkml/brink/inference/internal/kernels/f32"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// layer32 is a product of a few rows with constant panels, as networks that look at one sample at a time consist of.
type layer32 struct {
	layer *f32kernels.Layer
	b     []float32 // nil when the second input is as it is wanted
	m, n  int
	work  int64
	third bool
	f     activation[float32]
}

// small returns the kernel for p when that is a layer32, and p otherwise.
func (p *product32) small() Kernel {
	if p.m*p.n*p.k == 0 || len(p.batch) > 0 || p.transA || p.packs() || p.inPlace && p.n > f32kernels.Width(p.level) ||
		p.alpha != 1 || p.third && !p.cDirect || p.work() > paceWork {
		return p
	}
	of := p.product(nil, nil)
	of.Add.Stride = 4 * p.cStrides[0]
	layer, ok := f32kernels.NewLayer(p.level, &of)
	if !ok {
		return p
	}
	return &layer32{layer, p.b, p.m, p.n, p.effort(), p.third, p.f}
}

// Parts implements [Splitter].
func (k *layer32) Parts(threads int) int {
	return partsFor(threads, (k.n+k.layer.Columns()-1)/k.layer.Columns(), k.work)
}

// Run implements [Kernel].
func (k *layer32) Run(c *Ctx) error {
	y := tensor.View[float32](c.Out[0])
	k.compute(c, y, 0, k.n)
	if k.f != nil {
		k.f(y)
	}
	return nil
}

// RunPart implements [Splitter].
func (k *layer32) RunPart(c *Ctx, part, parts int) error {
	width := k.layer.Columns()
	from, to := share((k.n+width-1)/width, part, parts)
	from, to = from*width, min(to*width, k.n)
	if from >= to {
		return nil
	}
	y := tensor.View[float32](c.Out[0])
	k.compute(c, y, from, to)
	if k.f != nil {
		for i := range k.m {
			k.f(y[i*k.n:][from:to])
		}
	}
	return nil
}

// compute computes some columns of y, without the function.
func (k *layer32) compute(c *Ctx, y []float32, from, to int) {
	b := k.b
	if b == nil {
		b = tensor.View[float32](c.In[1])
	}
	var add []float32
	if k.third {
		add = tensor.View[float32](c.In[2])
	}
	k.layer.Run(y, tensor.View[float32](c.In[0]), b, add, from, to)
}
