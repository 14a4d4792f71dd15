package main

import (
	"fmt"

	"github.com/brinkml/brink/inference"
)

// generate writes generated numbers to all inputs of a binding.
func generate(m *inference.Model, b *inference.Binding) error {
	gen := newGenerator(1)
	for _, in := range m.Inputs() {
		shape, err := b.Shape(in.Name)
		if err != nil {
			return err
		}
		v, err := gen.tensor(in.DType, shape)
		if err != nil {
			return fmt.Errorf("input %q: %w", in.Name, err)
		}
		if err := setInput(b, in.Name, v.(*inference.Tensor)); err != nil {
			return err
		}
	}
	return nil
}

// setInput copies a tensor to an input.
func setInput(b *inference.Binding, name string, t *inference.Tensor) error {
	switch t.DType() {
	case inference.Float32:
		return copyTo[float32](b, name, t)
	case inference.Float64:
		return copyTo[float64](b, name, t)
	case inference.F16:
		return copyTo[inference.Float16](b, name, t)
	case inference.BF16:
		return copyTo[inference.BFloat16](b, name, t)
	case inference.Int8:
		return copyTo[int8](b, name, t)
	case inference.Int16:
		return copyTo[int16](b, name, t)
	case inference.Int32:
		return copyTo[int32](b, name, t)
	case inference.Int64:
		return copyTo[int64](b, name, t)
	case inference.Uint8:
		return copyTo[uint8](b, name, t)
	case inference.Uint16:
		return copyTo[uint16](b, name, t)
	case inference.Uint32:
		return copyTo[uint32](b, name, t)
	case inference.Uint64:
		return copyTo[uint64](b, name, t)
	case inference.Bool:
		return copyTo[bool](b, name, t)
	}
	return fmt.Errorf("input %q: there are no generated elements of type %v to measure with", name, t.DType())
}

func copyTo[T inference.Element](b *inference.Binding, name string, t *inference.Tensor) error {
	dst, err := inference.Input[T](b, name)
	if err != nil {
		return err
	}
	src, err := inference.Data[T](t)
	copy(dst, src)
	return err
}
