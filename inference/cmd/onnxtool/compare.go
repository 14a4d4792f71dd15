package main

import (
	"fmt"
	"slices"

	"github.com/brinkml/brink/inference"
)

// same says how a value differs from the wanted one: kinds, element types, shapes, integers, bools and
// strings must be equal, floats may be off by the tolerance, NaN equals NaN.
func same(got, want inference.Value, tol tolerance) error {
	switch want := want.(type) {
	case *inference.Tensor:
		if got, ok := got.(*inference.Tensor); ok {
			return sameTensor(got, want, tol)
		}
	case *inference.Sequence:
		if got, ok := got.(*inference.Sequence); ok {
			return sameSequence(got, want, tol)
		}
	case *inference.Optional:
		// An engine may hand out an optional that is there as what it holds.
		if o, ok := got.(*inference.Optional); ok {
			got = o.Value
		}
		switch {
		case want.Value == nil && got == nil:
			return nil
		case want.Value != nil && got != nil:
			return same(got, want.Value, tol)
		}
	case *inference.Map:
		if got, ok := got.(*inference.Map); ok {
			if err := same(got.Keys, want.Keys, tol); err != nil {
				return fmt.Errorf("keys: %w", err)
			}
			return same(got.Values, want.Values, tol)
		}
	}
	return fmt.Errorf("it is %s; want %s", kind(got), kind(want))
}

// kind names what a value is.
func kind(v inference.Value) string {
	switch v := v.(type) {
	case *inference.Tensor:
		return "a tensor"
	case *inference.Sequence:
		return "a sequence"
	case *inference.Optional:
		if v.Value == nil {
			return "an empty optional"
		}
		return "an optional that holds " + kind(v.Value)
	case *inference.Map:
		return "a map"
	}
	return "nothing"
}

func sameSequence(got, want *inference.Sequence, tol tolerance) error {
	if len(got.Values) != len(want.Values) {
		return fmt.Errorf("it has %d elements; want %d", len(got.Values), len(want.Values))
	}
	for i := range want.Values {
		if err := same(got.Values[i], want.Values[i], tol); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

func sameTensor(got, want *inference.Tensor, tol tolerance) error {
	if got.DType() != want.DType() {
		return fmt.Errorf("its elements are %v; want %v", got.DType(), want.DType())
	}
	if !slices.Equal(got.Shape(), want.Shape()) {
		return fmt.Errorf("its shape is %v; want %v", got.Shape(), want.Shape())
	}
	t, ok := elementTypes[want.DType()]
	if !ok {
		return fmt.Errorf("elements of type %v cannot be compared", want.DType())
	}
	return t.compare(got, want, tol)
}
