//go:build !riscv64

package gotensor

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"

	"gorgonia.org/tensor"

	"github.com/brinkml/brink/inference"
)

// From returns t as a tensor of the engine. It shares t's memory if t is a contiguous, row-major Dense
// with dimensions; then neither may be written to while the other is in use, and t must not go back
// into gorgonia's pool (tensor.ReturnTensor). Else it is a copy. The package comment lists what is refused.
func From(t tensor.Tensor) (*inference.Tensor, error) {
	v, err := from(t)
	if err != nil {
		return nil, fmt.Errorf("gotensor: %w", err)
	}
	return v, nil
}

func from(t tensor.Tensor) (*inference.Tensor, error) {
	d, ok := t.(*tensor.Dense)
	switch {
	case t == nil || ok && d == nil:
		return nil, errors.New("the tensor is nil")
	case !ok:
		return nil, fmt.Errorf("a %T is not dense; convert it first", t)
	case d.Dtype().Type == nil:
		return nil, errors.New("the tensor has no element type")
	case d.Dtype().Kind() == reflect.String:
		return nil, errors.New("strings may lie where the garbage collector does not see them; use inference.NewStrings")
	case d.Shape().TotalSize() == 0 || d.MemSize() == 0: // gorgonia takes it for masked, too
		return nil, fmt.Errorf("a tensor of shape %v without elements cannot be read", d.Shape())
	case d.IsMasked():
		return nil, errors.New("the tensor is masked")
	case !d.IsNativelyAccessible():
		return nil, errors.New("the tensor's memory cannot be reached from Go")
	}
	v, err := fromData(d)
	runtime.KeepAlive(d) // Data makes a slice by way of a uintptr
	return v, err
}

// fromData goes by the type of the slice that d keeps its elements in.
func fromData(d *tensor.Dense) (*inference.Tensor, error) {
	switch raw := elements(d).(type) {
	case []float32:
		return arrange(d, raw)
	case []float64:
		return arrange(d, raw)
	case []int8:
		return arrange(d, raw)
	case []int16:
		return arrange(d, raw)
	case []int32:
		return arrange(d, raw)
	case []int64:
		return arrange(d, raw)
	case []int:
		return arrange(d, widen[int64](raw))
	case []uint8:
		return arrange(d, raw)
	case []uint16:
		return arrange(d, raw)
	case []uint32:
		return arrange(d, raw)
	case []uint64:
		return arrange(d, raw)
	case []uint:
		return arrange(d, widen[uint64](raw))
	case []bool:
		return arrange(d, raw)
	case []complex64:
		return arrange(d, raw)
	case []complex128:
		return arrange(d, raw)
	case []inference.Float16:
		return arrange(d, raw)
	case []inference.BFloat16:
		return arrange(d, raw)
	case []inference.Float8E4M3FN:
		return arrange(d, raw)
	case []inference.Float8E4M3FNUZ:
		return arrange(d, raw)
	case []inference.Float8E5M2:
		return arrange(d, raw)
	case []inference.Float8E5M2FNUZ:
		return arrange(d, raw)
	case []inference.Float8E8M0:
		return arrange(d, raw)
	case []inference.Float4E2M1:
		return arrange(d, raw)
	case []inference.Uint4:
		return arrange(d, raw)
	case []inference.Int4:
		return arrange(d, raw)
	case []inference.Uint2:
		return arrange(d, raw)
	case []inference.Int2:
		return arrange(d, raw)
	}
	return nil, fmt.Errorf("ONNX has no elements of type %v", d.Dtype())
}

// elements returns the memory of d as a slice of its element type. Of a scalar gorgonia gives the bare
// value instead, of the type's underlying one, which goes into a slice of its own.
func elements(d *tensor.Dense) any {
	if !d.IsScalar() {
		return d.Data()
	}
	one := reflect.MakeSlice(reflect.SliceOf(d.Dtype().Type), 1, 1)
	one.Index(0).Set(reflect.ValueOf(d.ScalarValue()).Convert(d.Dtype().Type))
	return one.Interface()
}

func widen[To int64 | uint64, From int | uint](list []From) []To {
	wide := make([]To, len(list))
	for i, v := range list {
		wide[i] = To(v)
	}
	return wide
}

// arrange returns a tensor over raw if its elements lie in row-major order already, else over a copy
// in that order.
func arrange[T inference.Element](d *tensor.Dense, raw []T) (*inference.Tensor, error) {
	shape, strides := d.Shape(), fullStrides(d.Shape(), d.Strides())
	n := shape.TotalSize()
	switch {
	case d.IsScalar():
	case len(shape) != len(strides):
		return nil, fmt.Errorf("shape %v and strides %v do not go together", shape, d.Strides())
	case rowMajor(shape, strides) && n <= len(raw):
		// A copy where the memory is not Go's: whoever manages it may take it back.
		if raw = raw[:n:n]; d.IsManuallyManaged() {
			raw = slices.Clone(raw)
		}
	default:
		var err error
		if raw, err = gather(raw, shape, strides, n); err != nil {
			return nil, err
		}
	}
	return inference.NewTensor(raw, shape...)
}

// fullStrides gives a stride for each dimension. Gorgonia sometimes keeps but one of a row or column
// vector, and none where every dimension is 1. What cannot be completed so comes back as it is.
func fullStrides(shape, strides []int) []int {
	if len(strides) == len(shape) {
		return strides
	}
	full, rest := make([]int, len(shape)), strides
	for i, n := range shape {
		if n == 1 {
			continue // never used
		}
		if len(rest) == 0 {
			return strides
		}
		full[i], rest = rest[0], rest[1:]
	}
	if len(strides) > 1 {
		return strides
	}
	return full
}

// rowMajor reports whether strides are those of elements packed in row-major order. The stride of a
// dimension of 1 is never used.
func rowMajor(shape, strides []int) bool {
	want := 1
	for i := len(shape) - 1; i >= 0; i-- {
		if shape[i] != 1 && strides[i] != want {
			return false
		}
		want *= shape[i]
	}
	return true
}

// gather copies the n elements of a strided tensor in row-major order.
func gather[T any](raw []T, shape, strides []int, n int) ([]T, error) {
	out := make([]T, 0, n)
	at, pos := make([]int, len(shape)), 0
	for range n {
		if pos < 0 || pos >= len(raw) {
			return nil, fmt.Errorf("shape %v with strides %v reaches beyond the %d elements there are", shape, strides, len(raw))
		}
		out = append(out, raw[pos])
		for d := len(shape) - 1; d >= 0; d-- {
			at[d]++
			pos += strides[d]
			if at[d] < shape[d] {
				break
			}
			pos -= at[d] * strides[d]
			at[d] = 0
		}
	}
	return out, nil
}
