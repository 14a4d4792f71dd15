package ops

import (
	"math"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// TestReduceAlongNothing reduces along an axis without elements, and the opposite: along no axis at all.
func TestReduceAlongNothing(t *testing.T) {
	inf := math.Inf(1)
	for _, tt := range []struct {
		op     string
		d      dtype.DType
		empty  float64 // what no elements give
		single float64 // what 3 gives
	}{
		{"ReduceSum", dtype.F16, 0, 3},
		{"ReduceSum", dtype.Int32, 0, 3},
		{"ReduceSumSquare", dtype.BF16, 0, 9},
		{"ReduceSumSquare", dtype.Uint32, 0, 9},
		{"ReduceL1", dtype.Float64, 0, 3},
		{"ReduceL2", dtype.Float32, 0, 3},
		{"ReduceProd", dtype.F16, 1, 3},
		{"ReduceProd", dtype.Int64, 1, 3},
		{"ReduceLogSum", dtype.Float32, -inf, math.Log(3)},
		{"ReduceLogSumExp", dtype.Float64, -inf, 3},
		{"ReduceLogSumExp", dtype.F16, -inf, 3},
		{"ReduceMean", dtype.BF16, math.NaN(), 3},
		{"ReduceMax", dtype.F16, -inf, 3},
		{"ReduceMax", dtype.BF16, -inf, 3},
		{"ReduceMax", dtype.Int8, -128, 3},
		{"ReduceMax", dtype.Uint8, 0, 3},
		{"ReduceMax", dtype.Int32, math.MinInt32, 3},
		{"ReduceMax", dtype.Bool, 0, 1},
		{"ReduceMin", dtype.F16, inf, 3},
		{"ReduceMin", dtype.Int8, 127, 3},
		{"ReduceMin", dtype.Uint8, 255, 3},
		{"ReduceMin", dtype.Uint32, math.MaxUint32, 3},
		{"ReduceMin", dtype.Bool, 1, 1},
	} {
		check := func(c call, dims []int, want float64) {
			t.Helper()
			c.op, c.opset = tt.op, 20
			got := c.result(t)
			if !slices.Equal(got.Shape, dims) || got.DType != tt.d {
				t.Errorf("%s of %v%v gives %v%v; want %v%v", tt.op, tt.d, c.in[0].Shape, got.DType, got.Shape, tt.d, dims)
			}
			for _, v := range valuesOf(got) {
				if !(math.Abs(v-want) <= slack(tt.d)*4 || v == want || v != v && want != want) {
					t.Errorf("%s of %v%v = %v; want %v", tt.op, tt.d, c.in[0].Shape, v, want)
				}
			}
		}
		none := tensor.New(tt.d, []int{2, 0, 3})
		check(call{in: []*tensor.Tensor{none, i64(1)}}, []int{2, 1, 3}, tt.empty)
		check(call{in: []*tensor.Tensor{none, i64(-2)}, attrs: attrs{"keepdims": int64(0)}}, []int{2, 3}, tt.empty)
		check(call{in: []*tensor.Tensor{none}, attrs: attrs{"keepdims": int64(0)}}, []int{}, tt.empty)
		check(call{in: []*tensor.Tensor{none, i64(0)}}, []int{1, 0, 3}, 0)
		one := tensorAs(tt.d, []float64{3})
		check(call{in: []*tensor.Tensor{one}}, []int{}, tt.single)
		check(call{in: []*tensor.Tensor{one, i64()}}, []int{}, tt.single)
		two := tensorAs(tt.d, []float64{3, 3}, 2, 1)
		noop := attrs{"noop_with_empty_axes": int64(1)}
		check(call{in: []*tensor.Tensor{two}, attrs: noop}, []int{2, 1}, tt.single)
		check(call{in: []*tensor.Tensor{two, i64()}, attrs: noop}, []int{2, 1}, tt.single)
		check(call{in: []*tensor.Tensor{two, i64(1)}, attrs: noop}, []int{2, 1}, tt.single)
	}
}

// TestReduceFew reduces numbers of few bits, whose intermediate results take more.
func TestReduceFew(t *testing.T) {
	for _, tt := range []struct {
		op   string
		x    *tensor.Tensor
		want float64
	}{
		{"ReduceSum", tensorAs(dtype.F16, []float64{2048, 1, 1, 1, 1}, 5), 2052},
		{"ReduceMean", tensorAs(dtype.F16, []float64{60000, 60000, 60000, 60000}, 4), 60000},
		{"ReduceL2", tensorAs(dtype.F16, []float64{300, 400}, 2), 500},
		{"ReduceLogSumExp", tensorAs(dtype.F16, []float64{1000, 1000}, 2), 1000.5}, // ln 2 more, to the nearest half
		{"ReduceLogSumExp", tensorAs(dtype.Int32, []float64{100000, 100000}, 2), 100000},
		{"ReduceLogSumExp", tensorAs(dtype.Uint64, []float64{0, 3, 3}, 3), 3},
		{"ReduceL2", tensorAs(dtype.Int32, []float64{-60000, 80000}, 2), 100000},
		{"ReduceMean", tensorAs(dtype.Int32, []float64{math.MaxInt32, math.MaxInt32}, 2), math.MaxInt32},
		{"ReduceMean", tensorAs(dtype.Int64, []float64{-3, 0}, 2), -1},
		{"ReduceMax", tensorAs(dtype.Bool, []float64{0, 1, 0}, 3), 1},
		{"ReduceMin", tensorAs(dtype.Bool, []float64{0, 1, 0}, 3), 0},
		{"ReduceMax", tensorAs(dtype.Int8, []float64{-128, -7}, 2), -7},
	} {
		got := call{op: tt.op, opset: 20, attrs: attrs{"keepdims": int64(0)}, in: []*tensor.Tensor{tt.x}}.result(t)
		if v := valuesOf(got)[0]; v != tt.want {
			t.Errorf("%s of %v %v = %v; want %v", tt.op, tt.x.DType, valuesOf(tt.x), v, tt.want)
		}
	}
	nan := tensorAs(dtype.F16, []float64{1, math.NaN(), 2}, 3)
	for _, op := range []string{"ReduceMax", "ReduceMin", "ReduceSum"} {
		if v := valuesOf(call{op: op, opset: 20, in: []*tensor.Tensor{nan}}.result(t))[0]; v == v {
			t.Errorf("%s with NaN = %v", op, v)
		}
	}
}

// TestReduceAxes has axes that are no axes.
func TestReduceAxes(t *testing.T) {
	x := f32(make([]float64, 6), 2, 3)
	for name, axes := range map[string][]int64{"beyond the last": {2}, "before the first": {-3}, "twice": {1, -1}} {
		refused(t, "an axis "+name, call{op: "ReduceSum", opset: 13, in: []*tensor.Tensor{x, i64(axes...)}})
		refused(t, "an axis "+name, call{op: "ReduceMax", opset: 12, attrs: attrs{"axes": axes}, in: []*tensor.Tensor{x}})
	}
}

// TestFoldHalves adds halves as wider numbers, so that what lies between does not overflow.
func TestFoldHalves(t *testing.T) {
	for op, want := range map[string]float64{"Sum": 60000, "Mean": 20000} {
		x := tensorAs(dtype.F16, []float64{60000}, 1)
		in := []*tensor.Tensor{x, x, tensorAs(dtype.F16, []float64{-60000})}
		if got := valuesOf(call{op: op, opset: 13, in: in, outs: 1}.run(t)[0])[0]; got != want {
			t.Errorf("%s = %v; want %v", op, got, want)
		}
	}
	vectors := []*tensor.Tensor{f32([]float64{1, 5}, 2), f32([]float64{4}, 1)}
	for op, want := range map[string][]float64{"Max": {4, 5}, "Min": {1, 4}, "Sum": {5, 9}, "Mean": {2.5, 4.5}} {
		wantNumbers(t, op, call{op: op, opset: 8, in: vectors}.result(t), want, 0)
		wantNumbers(t, op+" of one", call{op: op, opset: 6, in: vectors[:1]}.result(t), []float64{1, 5}, 0)
		refused(t, op+"-6 of two shapes", call{op: op, opset: 6, in: vectors})
		refused(t, op+" of shapes that do not fit", call{op: op, opset: 13, in: []*tensor.Tensor{vectors[0], f32(make([]float64, 3), 3)}})
	}
}
