package ops

import (
	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// vectorRun is how many elements are computed in assembly between two looks at the context.
const vectorRun = 1 << 17

// How many elements make it worth to share them with another goroutine: of functions that take their time, and of those that are
// as fast as memory.
const (
	slowPart = 1 << 12
	fastPart = 1 << 15
)

// vectorParts returns into how many parts to split n elements.
func vectorParts(threads, n, part int) int { return max(min(threads, n/part), 1) }

// vectorShare returns the elements that belong to one part of parts, which begin at a multiple of 64.
func vectorShare(n, part, parts int) (from, to int) {
	from, to = share(n/64, part, parts)
	if part == parts-1 {
		return 64 * from, n
	}
	return 64 * from, 64 * to
}

// vectorMap is the kernel that computes every element of the output from the same element of the input, in assembly.
type vectorMap struct {
	vec.Activation
	level cpu.Level
	n     int
}

func newVectorMap(n *Node, a vec.Activation) Kernel { return &vectorMap{a, n.CPU, n.In[0].Len()} }

func (k *vectorMap) Parts(threads int) int {
	part := fastPart
	if k.Func >= vec.OfExp {
		part = slowPart
	}
	return vectorParts(threads, k.n, part)
}

func (k *vectorMap) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *vectorMap) RunPart(c *Ctx, part, parts int) error {
	dst, src := tensor.View[float32](c.Out[0]), tensor.View[float32](c.In[0])
	if parts > 1 {
		from, to := vectorShare(len(src), part, parts)
		dst, src = dst[from:to], src[from:to]
	}
	for len(src) > vectorRun {
		k.Map(k.level, dst[:vectorRun], src[:vectorRun])
		dst, src = dst[vectorRun:], src[vectorRun:]
		if err := c.Cancelled(); err != nil {
			return err
		}
	}
	k.Map(k.level, dst, src)
	return nil
}

// vectorPairs is the kernel of an operator on two inputs which are as long as the output, or of one element, in assembly.
type vectorPairs struct {
	vec.Pair
	level cpu.Level
	n     int
}

// newVectorPairs makes the kernel in assembly for an operator on two inputs that broadcast.
func newVectorPairs(n *Node, p vec.Pair) Kernel {
	out, a, b := n.Out[0].Len(), n.In[0].Len(), n.In[1].Len()
	if out > 0 && (a == out || a == 1) && (b == out || b == 1) && (a == out || b == out) {
		return &vectorPairs{p, n.CPU, out}
	}
	return &binary{vectorised(n, p), pairWalk(n)}
}

// vectorised computes pairs in assembly, whatever the walk.
func vectorised(n *Node, p vec.Pair) pairs {
	level := n.CPU
	return directPairs(func(dst, a, b []float32) { p.Map(level, dst, a, b) })
}

func (k *vectorPairs) Parts(threads int) int { return vectorParts(threads, k.n, fastPart) }

func (k *vectorPairs) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *vectorPairs) RunPart(c *Ctx, part, parts int) error {
	dst, a, b := tensor.View[float32](c.Out[0]), tensor.View[float32](c.In[0]), tensor.View[float32](c.In[1])
	from, to := 0, len(dst)
	if parts > 1 {
		from, to = vectorShare(len(dst), part, parts)
	}
	for at := from; at < to; at += vectorRun {
		if at > from {
			if err := c.Cancelled(); err != nil {
				return err
			}
		}
		end := min(at+vectorRun, to)
		k.Map(k.level, dst[at:end], piece(a, at, end), piece(b, at, end))
	}
	return nil
}

// piece returns some elements of x, or the only one.
func piece(x []float32, from, to int) []float32 {
	if len(x) == 1 {
		return x
	}
	return x[from:to]
}
