package ops

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

func TestUnique(t *testing.T) {
	nan := math.NaN()
	text := &tensor.Tensor{DType: dtype.String, Shape: []int{5}, Strings: []string{"b", "a", "", "a", "b"}}
	for _, tt := range []struct {
		name                   string
		attrs                  attrs
		x                      *tensor.Tensor
		y                      []float64
		strings                []string
		dims                   []int
		first, inverse, counts []int64
	}{
		{
			"sorted", nil, f32([]float64{2, 1, 1, 3, 4, 3}, 6),
			[]float64{1, 2, 3, 4},
			nil,
			[]int{4},
			[]int64{1, 0, 3, 4},
			[]int64{1, 0, 0, 2, 3, 2},
			[]int64{2, 1, 2, 1},
		},
		{
			"as they come",
			attrs{"sorted": int64(0)},
			f32([]float64{2, 1, 1, 3, 4, 3}, 3, 2),
			[]float64{2, 1, 3, 4},
			nil,
			[]int{4},
			[]int64{0, 1, 3, 4},
			[]int64{0, 1, 1, 2, 3, 2},
			[]int64{1, 2, 2, 1},
		},
		{
			"rows",
			attrs{"axis": int64(0)},
			f32([]float64{1, 0, 0, 1, 0, 0, 2, 3, 4}, 3, 3),
			[]float64{1, 0, 0, 2, 3, 4},
			nil,
			[]int{2, 3},
			[]int64{0, 2},
			[]int64{0, 0, 1},
			[]int64{2, 1},
		},
		{
			"columns as they come",
			attrs{"axis": int64(-1), "sorted": int64(0)},
			f32([]float64{1, 0, 0, 1, 0, 0, 2, 3, 3}, 3, 3),
			[]float64{1, 0, 1, 0, 2, 3},
			nil,
			[]int{3, 2},
			[]int64{0, 1},
			[]int64{0, 1, 1},
			[]int64{1, 2},
		},
		{
			"negative numbers, zeros and NaN", nil, f32([]float64{nan, -1, math.Copysign(0, -1), -2, 0, nan, math.Inf(1)}, 7),
			[]float64{-2, -1, 0, math.Inf(1), nan},
			nil,
			[]int{5},
			[]int64{3, 1, 2, 6, 0},
			[]int64{4, 1, 2, 0, 2, 4, 3},
			[]int64{1, 1, 2, 1, 2},
		},
		{
			"strings", nil, text, nil, []string{"", "a", "b"}, []int{3}, []int64{2, 1, 0}, []int64{2, 1, 0, 1, 2}, []int64{1, 2, 2},
		},
		{
			"great uint64", nil, tensor.Of([]uint64{math.MaxUint64, 1, 1 << 63}, 3),
			[]float64{1, 1 << 63, math.MaxUint64},
			nil,
			[]int{3},
			[]int64{1, 2, 0},
			[]int64{2, 0, 1},
			[]int64{1, 1, 1},
		},
		{
			"half floats", nil, asType(dtype.F16, []float64{2, -3, 2}, 3),
			[]float64{-3, 2},
			nil,
			[]int{2},
			[]int64{1, 0},
			[]int64{1, 0, 1},
			[]int64{1, 2},
		},
		{"nothing", nil, f32(nil, 0), []float64{}, nil, []int{0}, []int64{}, []int64{}, []int64{}},
		{"no rows", attrs{"axis": int64(0)}, f32(nil, 0, 3), []float64{}, nil, []int{0, 3}, []int64{}, []int64{}, []int64{}},
		{"empty rows", attrs{"axis": int64(0)}, f32(nil, 3, 0), []float64{}, nil, []int{1, 0}, []int64{0}, []int64{0, 0, 0}, []int64{3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := call{op: "Unique", opset: 11, attrs: tt.attrs, in: []*tensor.Tensor{tt.x}, outs: 4}.eval(t)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.dims, out[0].Shape); diff != "" {
				t.Errorf("shape (-want +got)\n%s", diff)
			}
			if tt.strings != nil {
				if diff := cmp.Diff(tt.strings, out[0].Strings); diff != "" {
					t.Errorf("Y (-want +got)\n%s", diff)
				}
			} else if diff := cmp.Diff(tt.y, codesOf(out[0]), equalNaN); diff != "" {
				t.Errorf("Y (-want +got)\n%s", diff)
			}
			for i, want := range [][]int64{tt.first, tt.inverse, tt.counts} {
				if diff := cmp.Diff(want, append([]int64{}, tensor.View[int64](out[1+i])...)); diff != "" {
					t.Errorf("output %d (-want +got)\n%s", 1+i, diff)
				}
			}
		})
	}
	pairs := tensor.Of([]complex64{2 + 1i, 2, 1 + 5i, 2 + 1i}, 4)
	out, err := call{op: "Unique", opset: 11, in: []*tensor.Tensor{pairs}, wanted: []bool{true, false, true}}.eval(t)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]complex64{1 + 5i, 2, 2 + 1i}, tensor.View[complex64](out[0])); diff != "" {
		t.Errorf("complex numbers (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]int64{2, 1, 0, 2}, tensor.View[int64](out[2])); diff != "" {
		t.Errorf("complex numbers (-want +got)\n%s", diff)
	}
}
