package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// scatterWork is what it costs to find the place of an index, in multiply-accumulates.
const scatterWork = 8

// newScatter makes the kernel that with makes for a function which puts updates where there is an element already: in
// its place, or combined with it as the attribute reduction says.
func newScatter(n *Node, with func(n *Node, put putFunc) (Kernel, error)) (Kernel, error) {
	d := n.In[0].DType
	mode := "none"
	if n.Version.Attr("reduction") != nil {
		mode = n.String("reduction")
	}
	var f *arithmetic
	var bits func(old, v byte) byte
	switch {
	case mode == "none":
		return with(n, putAs(d))
	case mode == "add":
		f, bits = &adding, orBits
	case mode == "mul":
		f, bits = &multiplying, andBits
	case mode == "max" && n.Version.Since >= 18:
		f, bits = &greatest, orBits
	case mode == "min" && n.Version.Since >= 18:
		f, bits = &least, andBits
	default:
		return nil, fault.Format("reduction %q is not known", mode)
	}
	if d == dtype.Bool {
		return with(n, func(dst, src *tensor.Tensor, to, from, n int) {
			for i, v := range src.Data[from:][:n] {
				dst.Data[to+i] = bits(dst.Data[to+i], v)
			}
		})
	}
	if !(dtype.Numbers | dtype.SmallFloats).Has(d) {
		return nil, fault.Format("reduction %q of %v", mode, d)
	}
	put := func(d dtype.DType, put putFunc) candidate {
		return candidate{d, func(n *Node) (Kernel, error) { return with(n, put) }}
	}
	unsigned := combining(f.i64)
	if f.u64 != nil {
		unsigned = combining(f.u64)
	}
	return choose(n, put(dtype.Float32, combining(f.f32)), put(dtype.Float64, combining(f.f64)),
		put(dtype.Int64, combining(f.i64)), put(dtype.Uint64, unsigned))
}

func orBits(old, v byte) byte { return old | v }

func andBits(old, v byte) byte { return old & v }

// combining returns the function that puts what f makes of what is there and the update.
//
// It is not inlined, so that there is one copy of the function that it returns.
//
//go:noinline
func combining[T kernels.Number](f func(dst, a, b []T)) putFunc {
	return func(dst, src *tensor.Tensor, to, from, n int) {
		old := tensor.View[T](dst)[to:][:n]
		f(old, old, tensor.View[T](src)[from:][:n])
	}
}
