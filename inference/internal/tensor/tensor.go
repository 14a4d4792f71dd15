// Package tensor holds the values that flow through a graph: dense tensors, and the containers that hold them.
//
// A [Tensor] is row-major and contiguous, always. Fixed-size elements lie in Data in the machine's byte order and
// are seen as typed slices with [View], which copies nothing; strings lie in Strings.
package tensor

import (
	"math"
	"slices"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
)

// Align is the alignment, in bytes, of memory made by [Alloc] and of every arena range: a cache line, and what the
// widest vector loads ask for.
const Align = 64

// MaxRank bounds a tensor's dimensions.
const MaxRank = 16

// Value is anything a graph's value can be.
type Value interface{ isValue() }

// Tensor is a dense, row-major tensor. So that what holds values of a graph need not tell kinds of values apart, it may
// also stand for a container: then Held is set and nothing else.
type Tensor struct {
	DType   dtype.DType
	Shape   []int
	Data    []byte   // elements of fixed size
	Strings []string // elements of DType String
	Held    Value    // a Sequence, Optional or Map, none of which changes once it is made

	// Lazy, of a large constant that follows from others, writes its elements to memory of the size that they take.
	// Data is nil then: whoever looks at such a constant looks at what Filled returns.
	Lazy func(dst []byte) error
}

// Filled returns t, or a tensor with the elements of t where these are not in memory yet.
func (t *Tensor) Filled() (*Tensor, error) {
	if t.Lazy == nil {
		return t, nil
	}
	f := New(t.DType, t.Shape)
	return f, t.Lazy(f.Data)
}

// Sequence is ONNX's sequence: values of one type, in order.
type Sequence struct{ Items []Value }

// Optional is ONNX's optional: one value or none.
type Optional struct{ Item Value }

// Map is ONNX's map. Keys has one dimension; Values is a Tensor or a Sequence with as many elements.
type Map struct {
	Keys   *Tensor
	Values Value
}

func (*Tensor) isValue()   {}
func (*Sequence) isValue() {}
func (*Optional) isValue() {}
func (*Map) isValue()      {}

// Wrap returns what stands for v where tensors are expected, and Unwrap what a tensor stands for.
func Wrap(v Value) *Tensor {
	if t, ok := v.(*Tensor); ok {
		return t
	}
	return &Tensor{Held: v}
}

// Unwrap returns what t stands for: itself, unless it is a container.
func (t *Tensor) Unwrap() Value {
	if t.Held != nil {
		return t.Held
	}
	return t
}

// Footprint returns the bytes of memory that v takes, those of what it holds included.
func Footprint(v Value) int64 {
	n := int64(16)
	switch v := v.(type) {
	case *Tensor:
		if v.Held != nil {
			return Footprint(v.Held)
		}
		n += int64(len(v.Data))
		for _, s := range v.Strings {
			n += 16 + int64(len(s))
		}
	case *Sequence:
		for _, item := range v.Items {
			n += Footprint(item)
		}
	case *Optional:
		if v.Item != nil {
			n += Footprint(v.Item)
		}
	case *Map:
		n += Footprint(v.Keys) + Footprint(v.Values)
	}
	return n
}

// Clone returns a copy of v that shares no memory with it.
func Clone(v Value) Value {
	switch v := v.(type) {
	case *Tensor:
		c := New(v.DType, slices.Clone(v.Shape))
		copy(c.Data, v.Data)
		copy(c.Strings, v.Strings)
		return c
	case *Sequence:
		items := make([]Value, len(v.Items))
		for i, item := range v.Items {
			items[i] = Clone(item)
		}
		return &Sequence{items}
	case *Optional:
		if v.Item == nil {
			return &Optional{}
		}
		return &Optional{Clone(v.Item)}
	case *Map:
		return &Map{Clone(v.Keys).(*Tensor), Clone(v.Values)}
	}
	return nil
}

// New returns a zeroed tensor. The caller has checked the size against its limits with [Bytes].
func New(d dtype.DType, shape []int) *Tensor {
	t := &Tensor{DType: d, Shape: shape}
	n := Elems(shape)
	if d == dtype.String {
		t.Strings = make([]string, n)
	} else {
		t.Data = Alloc(n * d.Size())
	}
	return t
}

// Of returns a tensor that holds, not copies, data.
func Of[T dtype.Element](data []T, shape ...int) *Tensor {
	return &Tensor{DType: dtype.Of[T](), Shape: shape, Data: BytesOf(data)}
}

// Len returns the number of elements.
func (t *Tensor) Len() int { return Elems(t.Shape) }

// Slice returns what lies at position i of the first axis, sharing t's memory.
func (t *Tensor) Slice(i int) Tensor {
	s := Tensor{DType: t.DType, Shape: t.Shape[1:]}
	n := Elems(s.Shape)
	if t.DType == dtype.String {
		s.Strings = t.Strings[i*n:][:n]
	} else {
		s.Data = t.Data[i*n*t.DType.Size():][:n*t.DType.Size()]
	}
	return s
}

// Alloc returns n zeroed bytes that start on an Align boundary.
func Alloc(n int) []byte {
	if n == 0 {
		return []byte{}
	}
	b := make([]byte, n+Align-1)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) % Align)
	return b[skip : skip+n : skip+n]
}

// View returns t's data as a slice of T, sharing its memory. T must have the size of t's elements.
func View[T any](t *Tensor) []T { return Cast[T](t.Data) }

// Cast returns b as a slice of as many whole T as fit, sharing its memory. T must hold no pointers.
func Cast[T any](b []byte) []T {
	// This is what unsafe.Slice makes, without its checks that the length is one and that the size does not overflow:
	// both follow from b, and on 32-bit processors they take a call, in every kernel, for every operand.
	var zero T
	n := int(uint(len(b)) / uint(unsafe.Sizeof(zero)))
	s := struct {
		data     unsafe.Pointer
		len, cap int
	}{unsafe.Pointer(unsafe.SliceData(b)), n, n}
	return *(*[]T)(unsafe.Pointer(&s))
}

// BytesOf returns the memory of s. T must hold no pointers.
func BytesOf[T any](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), uintptr(len(s))*unsafe.Sizeof(zero))
}

// Elems returns the product of the dimensions, which the caller knows to fit an int.
//
//go:noinline
func Elems(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Bytes returns the memory that a tensor's elements take, or a *fault.LimitError when that is no size a machine of
// this word length can address. A string counts as its header.
func Bytes(d dtype.DType, shape []int) (int64, error) {
	if len(shape) > MaxRank {
		return 0, &fault.LimitError{What: "tensor rank", Got: int64(len(shape)), Max: MaxRank}
	}
	size := int64(d.Size())
	if d == dtype.String {
		size = int64(unsafe.Sizeof(""))
	}
	n, empty := size, false
	over := false
	for _, dim := range shape {
		if dim < 0 {
			return 0, fault.Shape("dimension %d is negative", dim)
		}
		if dim == 0 {
			empty = true
			continue
		}
		if n > (math.MaxInt-Align)/int64(dim) {
			over = true
			continue
		}
		n *= int64(dim)
	}
	if over { // no matter if there are no elements: parts of the shape are multiplied elsewhere
		return 0, &fault.LimitError{What: "tensor bytes", Got: math.MaxInt64, Max: math.MaxInt - Align}
	}
	if empty {
		return 0, nil
	}
	return n, nil
}
