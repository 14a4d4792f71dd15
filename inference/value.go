package inference

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// Value is what goes into and comes out of [Session.Run]: a [*Tensor], [*Sequence], [*Optional] or [*Map].
type Value interface{ internal() tensor.Value }

// Tensor is a dense, row-major tensor of any element type. Its shape and type never change; its elements may be
// written through the slice that [Data] gives. Concurrent readers are fine.
type Tensor struct{ t *tensor.Tensor }

// Sequence holds values of one type in order. A sequence has no type while it is empty.
type Sequence struct{ Values []Value }

// Optional holds a value, or nil.
type Optional struct{ Value Value }

// Map holds as many values as keys. Keys has one dimension, of strings or integers; Values is a [*Tensor] with that
// many elements or a [*Sequence] with that many values.
type Map struct {
	Keys   *Tensor
	Values Value
}

// NewTensor returns a tensor of the given shape over data, row-major, without copying: the tensor and the caller
// share the slice. No shape makes a scalar, of one element. It returns a *[ShapeError] when the shape's product is
// not len(data).
func NewTensor[T Element](data []T, shape ...int) (*Tensor, error) {
	if err := fits(dtype.Of[T](), len(data), shape); err != nil {
		return nil, err
	}
	return &Tensor{tensor.Of(data, slices.Clone(shape)...)}, nil
}

// NewStrings returns a tensor of strings of the given shape over data, under the rules of [NewTensor].
func NewStrings(data []string, shape ...int) (*Tensor, error) {
	if err := fits(dtype.String, len(data), shape); err != nil {
		return nil, err
	}
	return &Tensor{&tensor.Tensor{DType: dtype.String, Shape: slices.Clone(shape), Strings: data}}, nil
}

// fits checks that a shape is well formed and holds n elements.
func fits(d dtype.DType, n int, shape []int) error {
	if _, err := tensor.Bytes(d, shape); err != nil {
		return err
	}
	if want := tensor.Elems(shape); want != n {
		return fault.Shape("%v holds %d elements, %d given", shape, want, n)
	}
	return nil
}

// Data returns t's elements, row-major, as a slice that shares t's memory. It returns an *[InputError] when T is not
// the Go type of t's elements.
func Data[T Element](t *Tensor) ([]T, error) {
	if d := dtype.Of[T](); d != t.t.DType {
		return nil, fault.Input("tensor", "elements are %v, not %v", t.t.DType, d)
	}
	return tensor.View[T](t.t), nil
}

// DType returns the type of t's elements.
func (t *Tensor) DType() DType { return t.t.DType }

// Shape returns t's dimensions, outermost first; a scalar has none.
func (t *Tensor) Shape() []int { return slices.Clone(t.t.Shape) }

// Len returns the number of t's elements.
func (t *Tensor) Len() int { return t.t.Len() }

// Strings returns the elements of a tensor of strings, sharing t's memory. It returns an *[InputError] for any other.
func (t *Tensor) Strings() ([]string, error) {
	if t.t.DType != dtype.String {
		return nil, fault.Input("tensor", "elements are %v, not strings", t.t.DType)
	}
	return t.t.Strings, nil
}

func (t *Tensor) internal() tensor.Value { return t.t }

func (s *Sequence) internal() tensor.Value {
	items := make([]tensor.Value, len(s.Values))
	for i, v := range s.Values {
		items[i] = v.internal()
	}
	return &tensor.Sequence{Items: items}
}

func (o *Optional) internal() tensor.Value {
	if o.Value == nil {
		return &tensor.Optional{}
	}
	return &tensor.Optional{Item: o.Value.internal()}
}

func (m *Map) internal() tensor.Value {
	return &tensor.Map{Keys: m.Keys.t, Values: m.Values.internal()}
}

// public wraps an internal value. It shares the memory of the tensors in it.
func public(v tensor.Value) Value {
	switch v := v.(type) {
	case *tensor.Tensor:
		return &Tensor{v}
	case *tensor.Sequence:
		values := make([]Value, len(v.Items))
		for i, item := range v.Items {
			values[i] = public(item)
		}
		return &Sequence{values}
	case *tensor.Optional:
		if v.Item == nil {
			return &Optional{}
		}
		return &Optional{public(v.Item)}
	case *tensor.Map:
		return &Map{&Tensor{v.Keys}, public(v.Values)}
	}
	return nil
}
