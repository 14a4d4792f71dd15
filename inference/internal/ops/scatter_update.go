package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// newScatter makes the kernel that with makes for a function which puts updates where there is an element already: in
// its place, or combined with it as the attribute reduction says.
func newScatter(n *Node, with func(n *Node, put putFunc) (Kernel, error)) (Kernel, error) {
	d := n.In[0].DType
	mode := "none"
	if n.Version.Attr("reduction") != nil {
		mode = n.String("reduction")
	}
	var f *arithmetic
	switch mode {
	case "none":
		return with(n, putAs(d))
	case "add":
		f = &adding
	case "mul":
		f = &multiplying
	case "max":
		f = &greatest
	case "min":
		f = &least
	default:
		return nil, fault.Format("reduction %q is not known", mode)
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
