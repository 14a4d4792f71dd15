package ops

import (
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// asFloats makes the kernel of an operator that interpolates between the elements of its first input, whatever they
// are: with float32 where that holds all of them, else with float64. Integers are rounded to the nearest, the even one
// of two, or else towards zero. The real and the imaginary parts of complex numbers are apart from each other. Where
// programs are to be small, all is computed with float64, and f32 is not called.
func asFloats(n *Node, nearest bool, f32, f64 func(*Node) (Kernel, error)) (Kernel, error) {
	d := n.In[0].DType
	switch {
	case d == dtype.String:
		return nil, fault.Format("there is nothing between two strings")
	case d == dtype.Float64:
		return f64(n)
	case !frugal && (d == dtype.Float32 || dtype.SmallFloats.Has(d)):
		return choose(n, typed[float32](f32))
	}
	k := &floated{d: dtype.Float32, parts: 1, nearest: nearest}
	make := f32
	if frugal || d.Size() >= 4 && d != dtype.Complex64 { // where float32 is left out, its numbers are among the others
		k.d, make = dtype.Float64, f64
	}
	if dtype.Complex.Has(d) {
		k.parts = 2
	}
	outer := *n
	outer.In, outer.Out = slices.Clone(n.In), slices.Clone(n.Out)
	sizes := [2]int{n.In[0].Len(), n.Out[0].Len()}
	for i, o := range []*Operand{&outer.In[0], &outer.Out[0]} {
		end, err := scratchFor(int64(k.bytes/8) + int64(sizes[i]))
		if err != nil {
			return nil, err
		}
		o.DType, o.Value, o.Constant = k.d, nil, false
		k.at[i], k.sizes[i] = k.bytes, sizes[i]*k.d.Size()
		k.bytes = end
	}
	var err error
	if k.kernel, err = choose(&outer, typed[float32](make), typed[float64](make)); err != nil {
		return nil, err
	}
	if s, ok := k.kernel.(Scratcher); ok {
		k.scratch = s.Scratch()
	}
	return k, nil
}

// floated is the kernel that lets another one compute with numbers as floats which are none: that one sees copies of
// the first input and the output.
type floated struct {
	kernel    Kernel
	d         dtype.DType // of the copies
	parts     int         // of each number: two of complex ones
	nearest   bool
	at, sizes [2]int // where the copies lie in the scratch memory
	bytes     int    // of both
	scratch   int    // of the kernel itself
}

func (k *floated) Scratch() int { return k.bytes + k.scratch }

func (k *floated) Run(c *Ctx) error {
	if c.inner == nil {
		c.inner = &Ctx{In: slices.Clone(c.In), Out: slices.Clone(c.Out), Run: c.Run}
		c.inner.In[0], c.inner.Out[0] = &tensor.Tensor{DType: k.d}, &tensor.Tensor{DType: k.d}
	}
	inner, src, dst := c.inner, c.In[0], c.Out[0]
	x, y := inner.In[0], inner.Out[0]
	x.Shape, x.Data = src.Shape, c.Scratch[k.at[0]:][:k.sizes[0]]
	y.Shape, y.Data = dst.Shape, c.Scratch[k.at[1]:][:k.sizes[1]]
	inner.Scratch = c.Scratch[k.bytes:]
	for part := range k.parts {
		switch {
		case k.parts == 2 && k.d == dtype.Float32:
			takeParts(tensor.View[float32](x), tensor.View[float32](src)[part:])
		case k.parts == 2 && src.DType == dtype.Complex64:
			takeParts(tensor.View[float64](x), tensor.View[float32](src)[part:])
		case k.parts == 2:
			takeParts(tensor.View[float64](x), tensor.View[float64](src)[part:])
		case k.d == dtype.Float32:
			load(tensor.View[float32](x), src.Data, src.DType)
		default:
			load(tensor.View[float64](x), src.Data, src.DType)
		}
		if err := k.kernel.Run(inner); err != nil {
			return err
		}
		switch {
		case k.parts == 2 && k.d == dtype.Float32:
			putParts(tensor.View[float32](dst)[part:], tensor.View[float32](y))
		case k.parts == 2 && dst.DType == dtype.Complex64:
			putParts(tensor.View[float32](dst)[part:], tensor.View[float64](y))
		case k.parts == 2:
			putParts(tensor.View[float64](dst)[part:], tensor.View[float64](y))
		case k.d == dtype.Float32:
			storeRounded(dst.Data, tensor.View[float32](y), dst.DType, k.nearest)
		default:
			storeRounded(dst.Data, tensor.View[float64](y), dst.DType, k.nearest)
		}
	}
	return nil
}

// takeParts copies every second element of src.
func takeParts[D, S kernels.Float](dst []D, src []S) {
	for i := range dst {
		dst[i] = D(src[2*i])
	}
}

// putParts sets every second element of dst.
func putParts[D, S kernels.Float](dst []D, src []S) {
	for i, v := range src {
		dst[2*i] = D(v)
	}
}

// storeRounded writes numbers to the start of dst as elements of type d, which are no strings: integers rounded to the
// nearest or towards zero, and the least or the greatest for what does not fit.
func storeRounded[T kernels.Float](dst []byte, src []T, d dtype.DType, nearest bool) {
	size := d.Size()
	least, greatest := float64(math.MinInt64), float64(math.MaxInt64)
	if dtype.Unsigned.Has(d) {
		least, greatest = 0, float64(math.MaxUint64)
	}
	if size < 8 && !dtype.SmallFloats.Has(d) {
		l, g := limits(d)
		least, greatest = float64(l), float64(g)
	}
	for i, x := range src {
		v, to := float64(x), dst[i*size:]
		switch {
		case d == dtype.Float32:
			tensor.Cast[float32](to)[0] = float32(v)
		case d == dtype.Float64:
			tensor.Cast[float64](to)[0] = v
		case d == dtype.Complex64:
			tensor.Cast[complex64](to)[0] = complex(float32(v), 0)
		case d == dtype.Complex128:
			tensor.Cast[complex128](to)[0] = complex(v, 0)
		case dtype.SmallFloats.Has(d):
			storeFloats(to, []float32{float32(v)}, d)
		default:
			if nearest {
				v = math.RoundToEven(v)
			}
			storeInts(to, []int64{saturated(v, least, greatest)}, d)
		}
	}
}

// saturated returns the bits of the integer part of v, held within limits. That of NaN is 0.
func saturated(v, least, greatest float64) int64 {
	switch {
	case v != v:
		return 0
	case v <= least:
		return int64(least)
	case v < greatest && v < math.MaxInt64:
		return int64(v)
	case greatest == math.MaxUint64:
		if v >= greatest {
			return -1
		}
		return int64(uint64(v))
	case greatest == math.MaxInt64:
		return math.MaxInt64
	}
	return int64(greatest)
}
