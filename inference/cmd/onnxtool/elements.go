package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/brinkml/brink/inference"
)

// elementType knows the elements of one type: how to compare and how to print them.
type elementType struct {
	compare func(got, want *inference.Tensor, tol tolerance) error // of the same type and shape
	list    func(t *inference.Tensor) string                       // the first ones
}

var elementTypes = map[inference.DType]elementType{
	inference.Float32:    float(func(v float32) complex128 { return complex(float64(v), 0) }, 32),
	inference.Float64:    float(func(v float64) complex128 { return complex(v, 0) }, 64),
	inference.Complex64:  float(func(v complex64) complex128 { return complex128(v) }, 32),
	inference.Complex128: float(func(v complex128) complex128 { return v }, 64),
	inference.F16:        float(func(v inference.Float16) complex128 { return binary16.value(uint32(v)) }, 32),
	inference.BF16:       float(func(v inference.BFloat16) complex128 { return bfloat16.value(uint32(v)) }, 32),
	inference.F8E4M3FN:   float(func(v inference.Float8E4M3FN) complex128 { return e4m3fn.value(uint32(v)) }, 32),
	inference.F8E4M3FNUZ: float(func(v inference.Float8E4M3FNUZ) complex128 { return e4m3fnuz.value(uint32(v)) }, 32),
	inference.F8E5M2:     float(func(v inference.Float8E5M2) complex128 { return e5m2.value(uint32(v)) }, 32),
	inference.F8E5M2FNUZ: float(func(v inference.Float8E5M2FNUZ) complex128 { return e5m2fnuz.value(uint32(v)) }, 32),
	inference.F8E8M0:     float(func(v inference.Float8E8M0) complex128 { return e8m0(uint32(v)) }, 32),
	inference.F4E2M1:     float(func(v inference.Float4E2M1) complex128 { return e2m1.value(uint32(v)) }, 32),
	inference.Bool:       exact[bool](),
	inference.Int8:       exact[int8](),
	inference.Int16:      exact[int16](),
	inference.Int32:      exact[int32](),
	inference.Int64:      exact[int64](),
	inference.Uint8:      exact[uint8](),
	inference.Uint16:     exact[uint16](),
	inference.Uint32:     exact[uint32](),
	inference.Uint64:     exact[uint64](),
	inference.U4:         exact[inference.Uint4](),
	inference.I4:         exact[inference.Int4](),
	inference.U2:         exact[inference.Uint2](),
	inference.I2:         exact[inference.Int2](),
	inference.String: {
		compare: func(got, want *inference.Tensor, _ tolerance) error {
			return sameElements(got, want, (*inference.Tensor).Strings, func(a, b string) bool { return a == b }, strconv.Quote)
		},
		list: func(t *inference.Tensor) string { return first(t, (*inference.Tensor).Strings, strconv.Quote) },
	},
}

// exact is a type whose elements must be equal.
func exact[T inference.Element]() elementType {
	show := func(v T) string { return fmt.Sprint(v) }
	return elementType{
		compare: func(got, want *inference.Tensor, _ tolerance) error {
			return sameElements(got, want, inference.Data[T], func(a, b T) bool { return a == b }, show)
		},
		list: func(t *inference.Tensor) string { return first(t, inference.Data[T], show) },
	}
}

// float is a type whose elements may differ, given what number one stands for and how many bits of
// float are enough to print it.
func float[T inference.Element](number func(T) complex128, bits int) elementType {
	show := func(v T) string {
		c := number(v)
		s := strconv.FormatFloat(real(c), 'g', -1, bits)
		if imag(c) != 0 {
			s = strconv.FormatComplex(c, 'g', -1, 2*bits)
		}
		return s
	}
	return elementType{
		compare: func(got, want *inference.Tensor, tol tolerance) error {
			near := func(a, b T) bool { return tol.near(number(a), number(b)) }
			return sameElements(got, want, inference.Data[T], near, show)
		},
		list: func(t *inference.Tensor) string { return first(t, inference.Data[T], show) },
	}
}

// near compares numbers, complex ones by the distance between them, as ONNX's runner does.
func (tol tolerance) near(got, want complex128) bool {
	if got == want || isNaN(got) && isNaN(want) {
		return true
	}
	distance := math.Hypot(real(got)-real(want), imag(got)-imag(want))
	size := math.Hypot(real(want), imag(want))
	return !math.IsInf(size, 0) && distance <= tol.Abs+tol.Rel*size
}

func isNaN(c complex128) bool { return math.IsNaN(real(c)) || math.IsNaN(imag(c)) }

// sameElements reports the first element that differs, as show has it, and how many do.
func sameElements[T any](
	got, want *inference.Tensor, data func(*inference.Tensor) ([]T, error), same func(a, b T) bool, show func(T) string,
) error {
	a, errA := data(got)
	b, errB := data(want)
	if err := errors.Join(errA, errB); err != nil {
		return err
	}
	if len(a) != len(b) {
		return fmt.Errorf("it has %d elements; want %d", len(a), len(b))
	}
	at, differ := 0, 0
	for i := range b {
		if !same(a[i], b[i]) {
			if differ == 0 {
				at = i
			}
			differ++
		}
	}
	if differ == 0 {
		return nil
	}
	return fmt.Errorf("element %v is %s; want %s (%d of %d differ)",
		coordinates(at, want.Shape()), show(a[at]), show(b[at]), differ, len(b))
}

// coordinates turns a row-major position into an index for each dimension.
func coordinates(i int, shape []int) []int {
	at := make([]int, len(shape))
	for d := len(shape) - 1; d >= 0; d-- {
		at[d] = i % shape[d]
		i /= shape[d]
	}
	return at
}

// shown is how many elements of a value are printed.
const shown = 8

// first lists the first elements of t.
func first[T any](t *inference.Tensor, data func(*inference.Tensor) ([]T, error), show func(T) string) string {
	list, err := data(t)
	if err != nil {
		return err.Error()
	}
	var words []string
	for _, v := range list[:min(len(list), shown)] {
		words = append(words, show(v))
	}
	if len(list) > shown {
		words = append(words, "...")
	}
	return strings.Join(words, " ")
}
