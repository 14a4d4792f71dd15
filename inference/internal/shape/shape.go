// Package shape computes with shapes of which some dimensions are not known yet.
//
// A dimension is a number, a symbol of the model such as "batch", or unknown. What is inferred from them at load is
// as precise as the model's declared inputs allow; once the inputs have numbers, so has everything.
package shape

import "slices"

// Dim is one dimension: its length when it is not negative; [Unknown]; or a symbol, any lesser number.
// Two equal symbols are the same length.
type Dim int

// Unknown is a dimension of which nothing is known.
const Unknown Dim = -1

// Symbol returns the i-th symbol of a model.
func Symbol(i int) Dim { return Dim(-2 - i) }

// Known reports whether d is a number.
func (d Dim) Known() bool { return d >= 0 }

// SymbolIndex returns i when d is [Symbol](i), and false when it is no symbol.
func (d Dim) SymbolIndex() (int, bool) { return int(-2 - d), d <= -2 }

// Shape is a list of dimensions, outermost first. The zero Shape has unknown rank.
type Shape struct {
	dims   []Dim
	ranked bool
}

// Of returns the shape with the given dimensions.
func Of(dims ...Dim) Shape { return Shape{dims, true} }

// FromInts returns the shape with the given known dimensions.
//
//go:noinline
func FromInts(dims []int) Shape {
	s := make([]Dim, len(dims))
	for i, d := range dims {
		s[i] = Dim(d)
	}
	return Shape{s, true}
}

// Make returns a shape of the given rank with every dimension unknown.
//
//go:noinline
func Make(rank int) Shape { return Shape{slices.Repeat([]Dim{Unknown}, rank), true} }

// Ranked reports whether the rank is known.
func (s Shape) Ranked() bool { return s.ranked }

// Rank returns the number of dimensions, 0 when it is not known.
func (s Shape) Rank() int { return len(s.dims) }

// Dim returns the i-th dimension; a negative i counts from the end.
func (s Shape) Dim(i int) Dim {
	if i < 0 {
		i += len(s.dims)
	}
	return s.dims[i]
}

// Dims returns the dimensions; the caller must not change them.
func (s Shape) Dims() []Dim { return s.dims }

// Clone returns the dimensions in a slice of their own.
//
//go:noinline
func (s Shape) Clone() []Dim { return slices.Clone(s.dims) }

// With returns s with its i-th dimension replaced.
//
//go:noinline
func (s Shape) With(i int, d Dim) Shape {
	dims := s.Clone()
	dims[i] = d
	return Shape{dims, true}
}

// Static reports whether rank and all dimensions are numbers.
//
//go:noinline
func (s Shape) Static() bool {
	return s.ranked && !slices.ContainsFunc(s.dims, func(d Dim) bool { return !d.Known() })
}

// Ints returns the dimensions as numbers, with -1 for those that are not known.
//
// It is called wherever a kernel is made, hence not inlined: copies would only take room.
//
//go:noinline
func (s Shape) Ints() []int {
	out := make([]int, len(s.dims))
	for i, d := range s.dims {
		out[i] = max(int(d), -1)
	}
	return out
}

// Elems returns the product of the dimensions from the i-th up to, not including, the j-th, or Unknown.
//
//go:noinline
func (s Shape) Elems(i, j int) Dim {
	n := Dim(1)
	known := true
	for _, d := range s.dims[i:j] {
		if d == 0 {
			return 0
		}
		known = known && d.Known()
		n *= max(d, 1)
	}
	if j-i == 1 {
		return s.dims[i]
	}
	if !known {
		return Unknown
	}
	return n
}

// Equal reports whether a and b are the same as far as is known: same rank, and no two different numbers.
func (s Shape) Equal(b Shape) bool { return slices.Equal(s.dims, b.dims) && s.ranked == b.ranked }

// Merge returns s with what b knows filled in where s does not know it.
// The second result is false when they contradict each other; then s is returned as it is.
func (s Shape) Merge(b Shape) (Shape, bool) {
	if !s.ranked || !b.ranked {
		if s.ranked {
			return s, true
		}
		return b, true
	}
	if len(s.dims) != len(b.dims) {
		return s, false
	}
	out := s.Clone()
	for i, d := range b.dims {
		switch {
		case out[i].Known() && d.Known() && out[i] != d:
			return s, false
		case !out[i].Known() && (d.Known() || out[i] == Unknown):
			out[i] = d
		}
	}
	return Shape{out, true}, true
}
