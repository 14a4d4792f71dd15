package ops

import (
	"fmt"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// reductionOf returns how n puts updates where there is an element already: in its place, unless it says otherwise.
func reductionOf(n *Node) (putFunc, error) {
	d := n.In[0].DType
	if n.Version.Attr("reduction") == nil {
		return putAs(d), nil
	}
	mode := n.String("reduction")
	if mode == "none" {
		return putAs(d), nil
	}
	if mode != "add" && mode != "mul" && mode != "max" && mode != "min" {
		return nil, fault.Format("reduction %q is not known", mode)
	}
	switch d {
	case dtype.Float32:
		return combining[float32](mode), nil
	case dtype.Float64:
		return combining[float64](mode), nil
	case dtype.Int8:
		return combining[int8](mode), nil
	case dtype.Int16:
		return combining[int16](mode), nil
	case dtype.Int32:
		return combining[int32](mode), nil
	case dtype.Int64:
		return combining[int64](mode), nil
	case dtype.Uint8:
		return combining[uint8](mode), nil
	case dtype.Uint16:
		return combining[uint16](mode), nil
	case dtype.Uint32:
		return combining[uint32](mode), nil
	case dtype.Uint64:
		return combining[uint64](mode), nil
	}
	return nil, fmt.Errorf("reduction %q of %v", mode, d)
}

// combining returns the function that combines what is there with the update.
func combining[T kernels.Number](mode string) putFunc {
	f := map[string]func(dst, a, b []T){"add": kernels.Add[T], "mul": kernels.Mul[T], "max": kernels.Max[T], "min": kernels.Min[T]}[mode]
	return func(dst, src *tensor.Tensor, to, from, n int) {
		old := tensor.View[T](dst)[to:][:n]
		f(old, old, tensor.View[T](src)[from:][:n])
	}
}
