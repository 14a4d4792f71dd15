package ops

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

func TestRange(t *testing.T) {
	of := func(d dtype.DType, v ...float64) []*tensor.Tensor {
		var in []*tensor.Tensor
		for _, x := range v {
			in = append(in, tensorAs(d, []float64{x}))
		}
		return in
	}
	for _, tt := range []struct {
		in   []*tensor.Tensor
		want []float64
	}{
		{of(dtype.Int16, 10, 4, -2), []float64{10, 8, 6}},
		{of(dtype.Int32, 1, 1, 5), []float64{}},
		{of(dtype.Int64, 5, 1, 5), []float64{}},
		{of(dtype.Int16, -32768, 32767, 32767), []float64{-32768, -1, 32766}},
		{of(dtype.Float64, 0, 1, 0.25), []float64{0, 0.25, 0.5, 0.75}},
		{of(dtype.Float32, 0, -1.1, -0.5), []float64{0, -0.5, -1}},
		{of(dtype.F16, 2048, 2054, 1), []float64{2048, 2048, 2050, 2052, 2052, 2052}},
		{of(dtype.BF16, 1, 4, 1), []float64{1, 2, 3}},
		{of(dtype.Float32, 0, math.Inf(-1), 1), []float64{}},
	} {
		got := call{op: "Range", opset: 27, in: tt.in}.result(t)
		if diff := cmp.Diff(tt.want, valuesOf(got)); diff != "" {
			t.Errorf("Range of %v %v (-want +got)\n%s", got.DType, valuesOf(tt.in[0]), diff)
		}
	}
	far := []*tensor.Tensor{tensor.Of([]int64{math.MaxInt64 - 2}, 1), tensor.Of([]int64{math.MaxInt64}, 1), tensor.Of([]int64{1}, 1)}
	got := tensor.View[int64](call{op: "Range", opset: 11, in: far}.result(t))
	if diff := cmp.Diff([]int64{math.MaxInt64 - 2, math.MaxInt64 - 1}, got); diff != "" {
		t.Errorf("Range of what floats do not tell apart (-want +got)\n%s", diff)
	}
	wide := []*tensor.Tensor{tensor.Of([]int64{math.MinInt64}, 1), tensor.Of([]int64{math.MaxInt64}, 1), tensor.Of([]int64{math.MaxInt64}, 1)}
	if got := tensor.View[int64](call{op: "Range", opset: 11, in: wide}.result(t)); len(got) != 3 {
		t.Errorf("Range of all integers = %v", got)
	}
	// With a stash of float32 a step of a third is one of a third of these.
	third := of(dtype.F16, 0, 2, 1./3)
	for stash, of := range map[int64]func(i, step float64) float64{
		1:  func(i, step float64) float64 { return float64(float32(i) * float32(step)) },
		11: func(i, step float64) float64 { return i * step },
	} {
		got := valuesOf(call{op: "Range", opset: 27, attrs: attrs{"stash_type": stash}, in: third}.result(t))
		for i, v := range got {
			if want := valuesOf(tensorAs(dtype.F16, []float64{of(float64(i), valuesOf(third[2])[0])}, 1))[0]; v != want {
				t.Errorf("with a stash of %d, element %d = %v; want %v", stash, i, v, want)
			}
		}
	}
	refused(t, "a stash of half floats", call{op: "Range", opset: 27, attrs: attrs{"stash_type": int64(10)}, in: third})
	for _, bad := range [][]*tensor.Tensor{
		of(dtype.Int64, 0, 1, 0), of(dtype.Int32, 1, 0, 0), of(dtype.Float32, 0, 1, 0), of(dtype.Float32, 0, math.Inf(1), 1), of(dtype.Float64, 0, math.NaN(), 1),
		of(dtype.Int64, 0, 1<<40, 1), of(dtype.Float64, 0, 1e30, 1),
		{tensor.Of([]int64{1, 2}, 2), tensor.Of([]int64{1}), tensor.Of([]int64{1})},
	} {
		refused(t, "a range without end", call{op: "Range", opset: 11, in: bad})
	}
}
