//go:build !riscv64

package gotensor

import (
	"errors"
	"fmt"

	"gorgonia.org/tensor"

	"github.com/brinkml/brink/inference"
)

// To returns t as a Dense that shares t's memory, or, without dimensions, holds a copy of its one
// element. Strings and tensors without elements are refused.
func To(t *inference.Tensor) (*tensor.Dense, error) {
	d, err := to(t)
	if err != nil {
		return nil, fmt.Errorf("gotensor: %w", err)
	}
	return d, nil
}

func to(t *inference.Tensor) (*tensor.Dense, error) {
	switch {
	case t == nil:
		return nil, errors.New("the tensor is nil")
	case t.Len() == 0:
		return nil, fmt.Errorf("gorgonia cannot make a tensor of shape %v, without elements", t.Shape())
	}
	convert, ok := converters[t.DType()]
	if !ok {
		return nil, fmt.Errorf("elements of type %v cannot be given to gorgonia", t.DType())
	}
	return convert(t)
}

// converters holds how a tensor of each element type becomes a Dense.
var converters = map[inference.DType]func(*inference.Tensor) (*tensor.Dense, error){
	inference.Float32:    dense[float32],
	inference.Float64:    dense[float64],
	inference.Int8:       dense[int8],
	inference.Int16:      dense[int16],
	inference.Int32:      dense[int32],
	inference.Int64:      dense[int64],
	inference.Uint8:      dense[uint8],
	inference.Uint16:     dense[uint16],
	inference.Uint32:     dense[uint32],
	inference.Uint64:     dense[uint64],
	inference.Bool:       dense[bool],
	inference.Complex64:  dense[complex64],
	inference.Complex128: dense[complex128],
	inference.F16:        dense[inference.Float16],
	inference.BF16:       dense[inference.BFloat16],
	inference.F8E4M3FN:   dense[inference.Float8E4M3FN],
	inference.F8E4M3FNUZ: dense[inference.Float8E4M3FNUZ],
	inference.F8E5M2:     dense[inference.Float8E5M2],
	inference.F8E5M2FNUZ: dense[inference.Float8E5M2FNUZ],
	inference.F8E8M0:     dense[inference.Float8E8M0],
	inference.F4E2M1:     dense[inference.Float4E2M1],
	inference.U4:         dense[inference.Uint4],
	inference.I4:         dense[inference.Int4],
	inference.U2:         dense[inference.Uint2],
	inference.I2:         dense[inference.Int2],
}

func dense[T inference.Element](t *inference.Tensor) (*tensor.Dense, error) {
	data, err := inference.Data[T](t)
	if err != nil {
		return nil, err
	}
	shape := t.Shape()
	if len(shape) == 0 {
		return tensor.New(tensor.FromScalar(data[0])), nil
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data)), nil
}
