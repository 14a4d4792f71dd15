package shape_test

import (
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/shape"
)

var n, m = shape.Symbol(0), shape.Symbol(1)

const unknown = shape.Unknown

func TestBroadcast(t *testing.T) {
	for _, c := range []struct {
		a, b []shape.Dim
		want []shape.Dim // nil: an error
	}{
		{[]shape.Dim{2, 3}, []shape.Dim{3}, []shape.Dim{2, 3}},
		{[]shape.Dim{2, 1}, []shape.Dim{1, 3}, []shape.Dim{2, 3}},
		{[]shape.Dim{}, []shape.Dim{4}, []shape.Dim{4}},
		{[]shape.Dim{0, 3}, []shape.Dim{1, 1}, []shape.Dim{0, 3}},
		{[]shape.Dim{2}, []shape.Dim{3}, nil},
		{[]shape.Dim{0}, []shape.Dim{3}, nil},
		{[]shape.Dim{n, 3}, []shape.Dim{n, 1}, []shape.Dim{n, 3}},
		{[]shape.Dim{n}, []shape.Dim{1}, []shape.Dim{n}},
		{[]shape.Dim{n}, []shape.Dim{5}, []shape.Dim{5}},
		{[]shape.Dim{n}, []shape.Dim{m}, []shape.Dim{unknown}},
		{[]shape.Dim{unknown}, []shape.Dim{unknown}, []shape.Dim{unknown}},
	} {
		for _, pair := range [][2][]shape.Dim{{c.a, c.b}, {c.b, c.a}} {
			got, err := shape.Broadcast(shape.Of(pair[0]...), shape.Of(pair[1]...))
			if (err != nil) != (c.want == nil) || err == nil && !slices.Equal(got.Dims(), c.want) {
				t.Errorf("Broadcast(%v, %v) = %v, %v; want %v", pair[0], pair[1], got, err, c.want)
			}
		}
	}
	if got, err := shape.Broadcast(shape.Of(2), shape.Shape{}); err != nil || got.Ranked() {
		t.Errorf("Broadcast with an unknown rank = %v, %v; want an unknown rank", got, err)
	}
}

func TestMerge(t *testing.T) {
	for _, c := range []struct {
		a, b, want shape.Shape
		ok         bool
	}{
		{shape.Shape{}, shape.Of(1, n), shape.Of(1, n), true},
		{shape.Of(1, n), shape.Shape{}, shape.Of(1, n), true},
		{shape.Of(unknown, n), shape.Of(3, 4), shape.Of(3, 4), true},
		{shape.Of(unknown, 4), shape.Of(n, n), shape.Of(n, 4), true},
		{shape.Of(3), shape.Of(4), shape.Of(3), false},
		{shape.Of(3), shape.Of(3, 1), shape.Of(3), false},
	} {
		if got, ok := c.a.Merge(c.b); ok != c.ok || !got.Equal(c.want) {
			t.Errorf("%v.Merge(%v) = %v, %v; want %v, %v", c.a, c.b, got, ok, c.want, c.ok)
		}
	}
}

func TestElems(t *testing.T) {
	for _, c := range []struct {
		s    shape.Shape
		i, j int
		want shape.Dim
	}{
		{shape.Of(2, 3, 4), 0, 3, 24},
		{shape.Of(2, 3, 4), 1, 1, 1},
		{shape.Of(2, n, 4), 1, 2, n},
		{shape.Of(2, n, 4), 0, 2, unknown},
		{shape.Of(0, n), 0, 2, 0},
	} {
		if got := c.s.Elems(c.i, c.j); got != c.want {
			t.Errorf("%v.Elems(%d, %d) = %v; want %v", c.s, c.i, c.j, got, c.want)
		}
	}
}

func TestAxes(t *testing.T) {
	if got, err := shape.Axes([]int64{-1, 0}, 3); err != nil || !slices.Equal(got, []int{0, 2}) {
		t.Errorf("Axes(-1, 0) = %v, %v; want 0 2", got, err)
	}
	for _, axes := range [][]int64{{3}, {-4}, {0, -3}} {
		if got, err := shape.Axes(axes, 3); err == nil {
			t.Errorf("Axes(%v) = %v; want an error", axes, got)
		}
	}
}
