package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// loaded is the kernel that lets another one compute with numbers that are stored in few bits: that one sees copies of
// them, as the type that they are computed with: see [computingType], and [inDoubles].
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
	arg := n.Version.In.at(0)
	return loadedAs(n, make, func(args Args, i int, d dtype.DType) dtype.DType {
		if args.at(i) != arg && !dtype.SmallFloats.Has(d) {
			return d
		}
		return computingType(d)
	})
}

// inDoubles makes the kernel for n that make makes for float64: where floats are others, that one sees copies of them.
func inDoubles(n *Node, make func(n *Node) (Kernel, error)) (Kernel, error) {
	single := func(o Operand) bool { return o.Present && o.DType != dtype.Float64 && dtype.Floating.Has(o.DType) }
	if !slices.ContainsFunc(n.In, single) && !slices.ContainsFunc(n.Out, single) {
		return make(n)
	}
	return loadedAs(n, make, func(_ Args, _ int, d dtype.DType) dtype.DType {
		if dtype.Floating.Has(d) {
			return dtype.Float64
		}
		return d
	})
}

// loadedAs makes the kernel for n that make makes for operands of the types that as tells.
func loadedAs(n *Node, make func(n *Node) (Kernel, error), as func(args Args, i int, d dtype.DType) dtype.DType) (Kernel, error) {
	k := &loaded{}
	outer := *n
	outer.In, outer.Out = slices.Clone(n.In), slices.Clone(n.Out)
	var err error
	if k.in, err = k.widen(outer.In[:n.Explicit()], n.Version.In, as); err != nil {
		return nil, err
	}
	if k.out, err = k.widen(outer.Out, n.Version.Out, as); err != nil {
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

// widen turns the operands into what the inner kernel sees of them, and gives each that is a copy a place in the scratch
// memory.
func (k *loaded) widen(operands []Operand, args Args, as func(args Args, i int, d dtype.DType) dtype.DType) ([]wide, error) {
	var out []wide
	for i := range operands {
		o := &operands[i]
		if !o.Present || as(args, i, o.DType) == o.DType {
			continue
		}
		if !o.Shape.Static() {
			return nil, errNeedsValue
		}
		o.DType = as(args, i, o.DType)
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
		to, from := c.Out[w.i], inner.Out[w.i]
		if w.d == dtype.Float64 {
			storeDoubles(to, 0, tensor.View[float64](from)[:to.Len()])
		} else {
			store(to.Data, from.Data, to.DType, to.Len())
		}
	}
	return nil
}

// loadTensor loads the elements of a tensor as those of another, which is of the type that they are computed with.
func loadTensor(dst, src *tensor.Tensor) {
	switch dst.DType {
	case dtype.Float32:
		load(tensor.View[float32](dst), src.Data, src.DType)
	case dtype.Float64:
		loadDoubles(tensor.View[float64](dst), src, 0)
	default:
		load(tensor.View[int64](dst), src.Data, src.DType)
	}
}
