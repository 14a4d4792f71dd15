package inference_test

import (
	"fmt"
	"math"
	"slices"

	"github.com/brinkml/brink/inference"
)

// sameValue compares as ONNX's test runner does: types, shapes, integers, bools and strings exactly, floats within
// atol + rtol*|want|, with NaN equal to NaN.
func sameValue(got, want inference.Value, rtol, atol float64) error {
	if o, ok := got.(*inference.Optional); ok { // which looks like a sequence of one when it is read from a file
		if s, ok := want.(*inference.Sequence); ok && len(s.Values) == 1 && o.Value != nil {
			return sameValue(o.Value, s.Values[0], rtol, atol)
		}
	}
	switch want := want.(type) {
	case *inference.Tensor:
		got, ok := got.(*inference.Tensor)
		if !ok {
			return fmt.Errorf("a %T, want a tensor", got)
		}
		return sameTensor(got, want, rtol, atol)
	case *inference.Sequence:
		got, ok := got.(*inference.Sequence)
		if !ok || len(got.Values) != len(want.Values) {
			return fmt.Errorf("got %v, want a sequence of %d", got, len(want.Values))
		}
		for i := range want.Values {
			if err := sameValue(got.Values[i], want.Values[i], rtol, atol); err != nil {
				return fmt.Errorf("item %d: %w", i, err)
			}
		}
		return nil
	case *inference.Optional:
		got, ok := got.(*inference.Optional)
		if !ok || (got.Value == nil) != (want.Value == nil) {
			return fmt.Errorf("got %v, want an optional with %v", got, want.Value)
		}
		if want.Value == nil {
			return nil
		}
		return sameValue(got.Value, want.Value, rtol, atol)
	case *inference.Map:
		got, ok := got.(*inference.Map)
		if !ok {
			return fmt.Errorf("a %T, want a map", got)
		}
		return sameMap(got, want, rtol, atol)
	}
	return fmt.Errorf("cannot compare a %T", want)
}

// sameMap compares the value of each key, whatever the keys' order.
func sameMap(got, want *inference.Map, rtol, atol float64) error {
	g, err := entries(got)
	if err != nil {
		return err
	}
	w, err := entries(want)
	if err != nil {
		return err
	}
	if len(g) != len(w) || got.Keys.DType() != want.Keys.DType() {
		return fmt.Errorf("%d entries under keys of %v, want %d of %v", len(g), got.Keys.DType(), len(w), want.Keys.DType())
	}
	for k, v := range w {
		if !near(g[k], v, rtol, atol) {
			return fmt.Errorf("key %v: got %v, want %v", k, g[k], v)
		}
	}
	return nil
}

// entries reads a map from strings or integers to float32, in both of its forms.
func entries(m *inference.Map) (map[any]float64, error) {
	var values []float32
	parts := []inference.Value{m.Values}
	if s, ok := m.Values.(*inference.Sequence); ok {
		parts = s.Values
	}
	for _, p := range parts {
		t, ok := p.(*inference.Tensor)
		if !ok {
			return nil, fmt.Errorf("a %T among a map's values", p)
		}
		data, err := inference.Data[float32](t)
		if err != nil {
			return nil, err
		}
		values = append(values, data...)
	}
	if len(values) != m.Keys.Len() {
		return nil, fmt.Errorf("%d keys for %d values", m.Keys.Len(), len(values))
	}
	list := make(map[any]float64, len(values))
	if names, err := m.Keys.Strings(); err == nil {
		for i, name := range names {
			list[name] = float64(values[i])
		}
		return list, nil
	}
	numbers, err := inference.Data[int64](m.Keys)
	for i, n := range numbers {
		list[n] = float64(values[i])
	}
	return list, err
}

func sameTensor(got, want *inference.Tensor, rtol, atol float64) error {
	if got.DType() != want.DType() || !slices.Equal(got.Shape(), want.Shape()) {
		return fmt.Errorf("got %v%v, want %v%v", got.DType(), got.Shape(), want.DType(), want.Shape())
	}
	switch want.DType() {
	case inference.Float32:
		return closeTo[float32](got, want, rtol, atol)
	case inference.Float64:
		return closeTo[float64](got, want, rtol, atol)
	case inference.Int8:
		return equal[int8](got, want)
	case inference.Int16:
		return equal[int16](got, want)
	case inference.Int32:
		return equal[int32](got, want)
	case inference.Int64:
		return equal[int64](got, want)
	case inference.Uint8:
		return equal[uint8](got, want)
	case inference.Uint16:
		return equal[uint16](got, want)
	case inference.Uint32:
		return equal[uint32](got, want)
	case inference.Uint64:
		return equal[uint64](got, want)
	case inference.Bool:
		return equal[bool](got, want)
	case inference.U4:
		return equal[inference.Uint4](got, want)
	case inference.I4:
		return equal[inference.Int4](got, want)
	case inference.U2:
		return equal[inference.Uint2](got, want)
	case inference.I2:
		return equal[inference.Int2](got, want)
	case inference.F16:
		return closeToSmall[inference.Float16](got, want, rtol, atol)
	case inference.BF16:
		return closeToSmall[inference.BFloat16](got, want, rtol, atol)
	case inference.F8E4M3FN:
		return closeToSmall[inference.Float8E4M3FN](got, want, rtol, atol)
	case inference.F8E4M3FNUZ:
		return closeToSmall[inference.Float8E4M3FNUZ](got, want, rtol, atol)
	case inference.F8E5M2:
		return closeToSmall[inference.Float8E5M2](got, want, rtol, atol)
	case inference.F8E5M2FNUZ:
		return closeToSmall[inference.Float8E5M2FNUZ](got, want, rtol, atol)
	case inference.F8E8M0:
		return closeToSmall[inference.Float8E8M0](got, want, rtol, atol)
	case inference.F4E2M1:
		return closeToSmall[inference.Float4E2M1](got, want, rtol, atol)
	case inference.String:
		g, _ := got.Strings()
		w, _ := want.Strings()
		if !slices.Equal(g, w) {
			return fmt.Errorf("got %q, want %q", g, w)
		}
		return nil
	}
	return fmt.Errorf("cannot compare tensors of %v", want.DType())
}

func equal[T inference.Element](got, want *inference.Tensor) error {
	g, _ := inference.Data[T](got)
	w, _ := inference.Data[T](want)
	for i := range w {
		if g[i] != w[i] {
			return fmt.Errorf("element %d of %v: got %v, want %v", i, want.Shape(), g[i], w[i])
		}
	}
	return nil
}

func closeTo[T float32 | float64](got, want *inference.Tensor, rtol, atol float64) error {
	g, _ := inference.Data[T](got)
	w, _ := inference.Data[T](want)
	for i := range w {
		if !near(float64(g[i]), float64(w[i]), rtol, atol) {
			return fmt.Errorf("element %d of %v: got %v, want %v", i, want.Shape(), g[i], w[i])
		}
	}
	return nil
}

// smallFloat is one of the floats that Go has no type for.
type smallFloat interface {
	inference.Element
	Float32() float32
}

func closeToSmall[T smallFloat](got, want *inference.Tensor, rtol, atol float64) error {
	g, _ := inference.Data[T](got)
	w, _ := inference.Data[T](want)
	for i := range w {
		if !near(float64(g[i].Float32()), float64(w[i].Float32()), rtol, atol) {
			return fmt.Errorf("element %d of %v: got %v, want %v", i, want.Shape(), g[i].Float32(), w[i].Float32())
		}
	}
	return nil
}

func near(got, want, rtol, atol float64) bool {
	switch {
	case math.IsNaN(want):
		return math.IsNaN(got)
	case math.IsInf(want, 0):
		return got == want
	}
	return math.Abs(got-want) <= atol+rtol*math.Abs(want)
}
