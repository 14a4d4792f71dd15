package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// maps holds the loops of an operator that computes every element of the output from the same element of the input:
// one for each type that is computed with and that the operator takes. u64 is nil where i64 gives the same bits.
// Vec, unless it is zero, is what f32 computes, where there is assembly for it.
type maps struct {
	vec vec.Activation
	f32 func(dst, src []float32)
	f64 func(dst, src []float64)
	i64 func(dst, src []int64)
	u64 func(dst, src []uint64)
}

// newMap makes the kernel for elements of n's type.
func newMap(n *Node, m *maps) (Kernel, error) {
	d := n.In[0].DType
	unsigned := m.u64 != nil && dtype.Unsigned.Has(d)
	switch {
	case d == dtype.Float32 && vec.Has(n.CPU) && m.vec.Func != vec.OfIdentity:
		return newVectorMap(n, m.vec), nil
	case d == dtype.Float32:
		return mapping[float32, float32](m.f32), nil
	case d == dtype.Float64:
		return mapping[float64, float64](m.f64), nil
	case d == dtype.Uint64 && unsigned:
		return mapping[uint64, uint64](m.u64), nil
	case d == dtype.Int64 || d == dtype.Uint64:
		return mapping[int64, int64](m.i64), nil
	case unsigned:
		return mapTiles[uint64](m.u64), nil
	case dtype.SmallFloats.Has(d):
		return mapTiles[float32](m.f32), nil
	}
	return mapTiles[int64](m.i64), nil
}

// computed holds the loops of a function that is computed in double precision.
//
// It is not inlined, so that there is one copy of the function that it returns.
//
//go:noinline
func computed(f func(x float64) float64) *maps {
	return &maps{
		f32: func(dst, src []float32) { kernels.Each(dst, src, f) },
		f64: func(dst, src []float64) { kernels.Each(dst, src, f) },
	}
}

// as names what the function is for float32.
func (m *maps) as(f vec.Function) *maps {
	m.vec.Func = f
	return m
}

// newMath makes the kernel for a function that is computed in double precision.
func newMath(n *Node, f func(x float64) float64) (Kernel, error) { return newMap(n, computed(f)) }

// mapTiles is the kernel that loads numbers, and stores what f makes of them, a tile at a time.
type mapTiles[T kernels.Number] func(dst, src []T)

func (f mapTiles[T]) Scratch() int { return tileBytes }

func (f mapTiles[T]) Run(c *Ctx) error {
	dst, src := c.Out[0], c.In[0]
	size := src.DType.Size()
	p := pace{c: c}
	for at, n := 0, src.Len(); at < n; at += tile {
		if err := p.spend(tile * mapWork); err != nil {
			return err
		}
		bytes := c.Scratch[:min(tile, n-at)*elemBytes[T](1)]
		part := tensor.Cast[T](bytes)
		load(part, src.Data[at*size:], src.DType)
		f(part, part)
		store(dst.Data[at*size:], bytes, dst.DType, len(part))
	}
	return nil
}

// mapped is the candidate that computes every element of the output from the same element of the input.
func mapped[T, R dtype.Element](f func(dst []R, src []T)) candidate {
	return typed[T](func(*Node) (Kernel, error) { return mapping[T, R](f), nil })
}

type mapping[T, R any] func(dst []R, src []T)

// A function of one element may take as long as so many multiply-accumulates. Thus so many elements are computed
// between two looks at the context.
const (
	mapWork = 32
	mapRun  = paceWork / mapWork
)

func (f mapping[T, R]) Run(c *Ctx) error {
	dst, src := tensor.View[R](c.Out[0]), tensor.View[T](c.In[0])
	for len(src) > mapRun {
		f(dst[:mapRun], src[:mapRun])
		dst, src = dst[mapRun:], src[mapRun:]
		if err := c.Cancelled(); err != nil {
			return err
		}
	}
	f(dst, src)
	return nil
}
