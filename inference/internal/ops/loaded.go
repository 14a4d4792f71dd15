package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// loaded is the kernel that lets another one compute with numbers that are stored in few bits: that one sees copies of
// them, as the type that they are computed with. See [computingType].
type loaded struct {
	kernel  Kernel
	in, out []wide
	bytes   int // of all copies
	scratch int // of the kernel itself
}

// wide is an operand that the kernel sees a copy of.
type wide struct {
	i        int
	d        dtype.DType // the copy's
	at, size int         // of the copy in the scratch memory
}

// newLoaded makes the kernel for n that make makes for wider numbers. All operands of the same type variable as the
// first input are copied, and all small floats.
func newLoaded(n *Node, make func(n *Node) (Kernel, error)) (Kernel, error) {
	k := &loaded{}
	outer := *n
	outer.In, outer.Out = slices.Clone(n.In), slices.Clone(n.Out)
	arg := n.Version.In.at(0)
	var err error
	if k.in, err = k.widen(outer.In[:n.Explicit()], n.Version.In, arg); err != nil {
		return nil, err
	}
	if k.out, err = k.widen(outer.Out, n.Version.Out, arg); err != nil {
		return nil, err
	}
	if k.kernel, err = make(&outer); err != nil {
		return nil, err
	}
	if s, ok := k.kernel.(Scratcher); ok {
		k.scratch = s.Scratch()
	}
	return k, nil
}

// widen turns those of the operands that args declares as arg into what the inner kernel sees of them, and gives each
// a place in the scratch memory.
func (k *loaded) widen(operands []Operand, args Args, arg string) ([]wide, error) {
	var out []wide
	for i := range operands {
		o := &operands[i]
		if !o.Present || args.at(i) != arg && !dtype.SmallFloats.Has(o.DType) || computingType(o.DType) == o.DType {
			continue
		}
		if !o.Shape.Static() {
			return nil, errNeedsValue
		}
		o.DType = computingType(o.DType)
		o.Value, o.Constant = nil, false // it has not the type that the kernel would read it as
		n := o.Len()
		end, err := scratchFor(int64(k.bytes/8) + int64(n))
		if err != nil {
			return nil, err
		}
		out = append(out, wide{i, o.DType, k.bytes, n * o.DType.Size()})
		k.bytes = end
	}
	return out, nil
}

func (k *loaded) Scratch() int { return k.bytes + k.scratch }

// context returns what the inner kernel runs on: c with headers for the copies.
func (k *loaded) context(c *Ctx) *Ctx {
	inner := &Ctx{In: slices.Clone(c.In), Out: slices.Clone(c.Out), Run: c.Run, Caller: c.Caller}
	for _, w := range k.in {
		inner.In[w.i] = &tensor.Tensor{DType: w.d}
	}
	for _, w := range k.out {
		inner.Out[w.i] = &tensor.Tensor{DType: w.d}
	}
	return inner
}

func (k *loaded) Run(c *Ctx) error {
	if c.inner == nil {
		c.inner = k.context(c)
	}
	inner := c.inner
	inner.Scratch = c.Scratch[k.bytes:]
	for _, w := range k.in {
		t, from := inner.In[w.i], c.In[w.i]
		t.Shape, t.Data = from.Shape, c.Scratch[w.at:][:w.size]
		loadTensor(t, from)
	}
	for _, w := range k.out {
		t := inner.Out[w.i]
		t.Shape, t.Data = c.Out[w.i].Shape, c.Scratch[w.at:][:w.size]
	}
	if err := k.kernel.Run(inner); err != nil {
		return err
	}
	for _, w := range k.out {
		to := c.Out[w.i]
		store(to.Data, inner.Out[w.i].Data, to.DType, to.Len())
	}
	return nil
}

// loadTensor loads the elements of a tensor as those of another, which is of the type that they are computed with.
func loadTensor(dst, src *tensor.Tensor) {
	if dst.DType == dtype.Float32 {
		load(tensor.View[float32](dst), src.Data, src.DType)
	} else {
		load(tensor.View[int64](dst), src.Data, src.DType)
	}
}
