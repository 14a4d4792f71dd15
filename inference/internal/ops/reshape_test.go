package ops

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

func TestReshape(t *testing.T) {
	batch, width := shape.Symbol(0), shape.Symbol(1)
	for _, tt := range []struct {
		in        []shape.Dim
		to        []int64
		allowZero bool
		want      []shape.Dim // nil when it does not fit
	}{
		{[]shape.Dim{2, 3, 4}, []int64{4, -1}, false, []shape.Dim{4, 6}},
		{[]shape.Dim{2, 3, 4}, []int64{0, 0, 2, -1}, false, []shape.Dim{2, 3, 2, 2}},
		{[]shape.Dim{2, 3, 4}, []int64{-1, 0, 0}, false, []shape.Dim{2, 3, 4}},
		{[]shape.Dim{2, 3}, []int64{3, 0}, false, nil},
		{[]shape.Dim{2, 3}, []int64{6, 1, 0}, false, nil},
		{[]shape.Dim{2, 3}, []int64{-1, -1}, false, nil},
		{[]shape.Dim{2, 3}, []int64{4, -1}, false, nil},
		{[]shape.Dim{2, 3}, []int64{-2, 3}, false, nil},
		{[]shape.Dim{}, []int64{1, -1}, false, []shape.Dim{1, 1}},
		{[]shape.Dim{1, 1}, []int64{}, false, []shape.Dim{}},
		{[]shape.Dim{2}, []int64{}, false, nil},
		{[]shape.Dim{0, 3}, []int64{0, -1}, false, []shape.Dim{0, 3}},
		{[]shape.Dim{0, 3}, []int64{-1, 3}, false, []shape.Dim{0, 3}},
		{[]shape.Dim{0, 3}, []int64{5, -1}, false, []shape.Dim{5, 0}},
		{[]shape.Dim{0, 3}, []int64{3, 0}, true, []shape.Dim{3, 0}},
		{[]shape.Dim{0, 3}, []int64{0, 4}, true, []shape.Dim{0, 4}},
		{[]shape.Dim{2, 3}, []int64{0, 3}, true, nil},
		{[]shape.Dim{0, 3}, []int64{0, -1}, true, nil},
		{[]shape.Dim{0, 3}, []int64{1 << 20, 1 << 20, 1 << 20, 1 << 20}, false, nil},
		{[]shape.Dim{2}, []int64{math.MaxInt64, -1}, false, nil},
		{[]shape.Dim{2}, []int64{math.MinInt64}, false, nil},
		{[]shape.Dim{1}, slices.Repeat([]int64{1}, 17), false, nil},
		{[]shape.Dim{batch, 3, 4}, []int64{0, -1}, false, []shape.Dim{batch, 12}},
		{[]shape.Dim{batch, 3, 4}, []int64{0, 4, -1}, false, []shape.Dim{batch, 4, 3}},
		{[]shape.Dim{batch, 3, 4}, []int64{0, 5, -1}, false, nil},
		{[]shape.Dim{batch, 1}, []int64{-1}, false, []shape.Dim{shape.Unknown}},
		{[]shape.Dim{batch}, []int64{1, -1}, false, []shape.Dim{1, batch}},
		{[]shape.Dim{batch, width}, []int64{-1, 0}, false, []shape.Dim{batch, width}},
		{[]shape.Dim{batch, width}, []int64{2, -1}, false, []shape.Dim{2, shape.Unknown}},
	} {
		got, err := reshaped(shape.Of(tt.in...), tt.to, tt.allowZero)
		if (err == nil) != (tt.want != nil) {
			t.Errorf("%v to %v: error = %v", tt.in, tt.to, err)
		} else if err == nil && !slices.Equal(got, tt.want) {
			t.Errorf("%v to %v = %v; want %v", tt.in, tt.to, got, tt.want)
		}
	}
	if got, err := reshaped(shape.Shape{}, []int64{0, 4, -1}, false); err != nil || !slices.Equal(got, []shape.Dim{-1, 4, -1}) {
		t.Errorf("unknown rank to [0 4 -1] = %v, %v", got, err)
	}
}

// TestConcatNothing joins along an axis inside a dimension of 0: there are no rows, but they would have a length.
func TestConcatNothing(t *testing.T) {
	got := call{
		op: "Concat", opset: 13, in: []*tensor.Tensor{f32(nil, 0, 2), f32(nil, 0, 3)}, attrs: attrs{"axis": int64(1)}, outs: 1,
	}.result(t)
	if !slices.Equal(got.Shape, []int{0, 5}) {
		t.Errorf("Concat of [0 2] and [0 3] is of shape %v; want [0 5]", got.Shape)
	}
}

// TestLargeTranspose has matrices that are transposed by and by.
func TestLargeTranspose(t *testing.T) {
	for _, dims := range [][]int{{3, 1<<19 + 5}, {1<<19 + 5, 3}, {1100, 1031}, {70001, 3, 7}, {3, 600, 601}} {
		x := tensor.New(dtype.Int32, dims)
		for i := range tensor.View[int32](x) {
			tensor.View[int32](x)[i] = int32(i)
		}
		perm, rows, cols := []int64{1, 0}, dims[len(dims)-2], dims[len(dims)-1]
		if len(dims) == 3 {
			perm = []int64{0, 2, 1}
		}
		got := tensor.View[int32](call{op: "Transpose", opset: 13, in: []*tensor.Tensor{x}, attrs: attrs{"perm": perm}, outs: 1, level: cpu.Best()}.result(t))
		for i, v := range got {
			m, at := i/(rows*cols), i%(rows*cols)
			if want := m*rows*cols + at%rows*cols + at/rows; int(v) != want {
				t.Fatalf("element %d of the transpose of %v is %d; want %d", i, dims, v, want)
			}
		}
	}
}

// TestSplitLengths has the lengths of pieces come from everywhere that a version lets them come from.
func TestSplitLengths(t *testing.T) {
	x := f32([]float64{1, 2, 3, 4, 5}, 5)
	for _, tt := range []struct {
		name  string
		opset int
		attrs attrs
		in    []*tensor.Tensor
		outs  int
		want  [][]float64 // nil when it is refused
	}{
		{"an attribute", 1, attrs{"split": []int64{2, 3}}, nil, 2, [][]float64{{1, 2}, {3, 4, 5}}},
		{"floats", 1, nil, []*tensor.Tensor{f32([]float64{4, 1}, 2)}, 2, [][]float64{{1, 2, 3, 4}, {5}}},
		{"half a length", 1, nil, []*tensor.Tensor{f32([]float64{3.5, 1.5}, 2)}, 2, nil},
		{"no number", 1, nil, []*tensor.Tensor{f32([]float64{math.NaN(), 5}, 2)}, 2, nil},
		{"an attribute", 11, attrs{"split": []int64{0, 5}, "axis": int64(-1)}, nil, 2, [][]float64{{}, {1, 2, 3, 4, 5}}},
		{"none that fit", 11, nil, nil, 2, nil},
		{"one piece", 11, nil, nil, 1, [][]float64{{1, 2, 3, 4, 5}}},
		{"an input", 13, nil, []*tensor.Tensor{i64(1, 4)}, 2, [][]float64{{1}, {2, 3, 4, 5}}},
		{"a sum that is less", 13, nil, []*tensor.Tensor{i64(1, 3)}, 2, nil},
		{"a negative length", 13, nil, []*tensor.Tensor{i64(-1, 6)}, 2, nil},
		{"another number of pieces", 13, nil, []*tensor.Tensor{i64(1, 4)}, 3, nil},
		{"a number", 18, attrs{"num_outputs": int64(3)}, nil, 3, [][]float64{{1, 2}, {3, 4}, {5}}},
		{"a number that leaves less than nothing", 18, attrs{"num_outputs": int64(4)}, nil, 4, nil},
		{"another number", 18, attrs{"num_outputs": int64(3)}, nil, 2, nil},
		{"a number and an input", 18, attrs{"num_outputs": int64(2)}, []*tensor.Tensor{i64(1, 4)}, 2, nil},
	} {
		c := call{op: "Split", opset: tt.opset, attrs: tt.attrs, in: append([]*tensor.Tensor{x}, tt.in...), outs: tt.outs}
		if tt.want == nil {
			refused(t, tt.name, c)
			continue
		}
		for i, out := range c.results(t) {
			wantNumbers(t, tt.name, out, tt.want[i], 0)
		}
	}
}

func TestLegacyTile(t *testing.T) {
	x := tensorAs(dtype.F16, []float64{1, 2, 3, 4}, 2, 2)
	half := func(v float64) *tensor.Tensor { return tensorAs(dtype.F16, []float64{v}, 1) }
	c := call{op: "Tile", opset: 1, in: []*tensor.Tensor{x, half(2), half(1)}}
	if diff := cmp.Diff([]float64{1, 2, 1, 2, 3, 4, 3, 4}, valuesOf(c.result(t))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for name, in := range map[string][2]float64{
		"an axis that is not there": {2, 2}, "a negative number": {-1, 0}, "half a time": {0.5, 0}, "half an axis": {1, 0.5}, "no number": {math.NaN(), 0}, "endless": {math.Inf(1), 0},
	} {
		c.in = []*tensor.Tensor{x, half(in[0]), half(in[1])}
		refused(t, name, c)
	}
}

func TestPadModes(t *testing.T) {
	x := f32([]float64{1, 2, 3, 4}, 4)
	for _, tt := range []struct {
		mode string
		pads []int64
		want []float64 // nil when there is nothing to pad with
	}{
		{"constant", []int64{-1, 2}, []float64{2, 3, 4, 0, 0}},
		{"constant", []int64{-4, 1}, []float64{0}},
		{"constant", []int64{-6, 3}, []float64{0}},
		{"constant", []int64{-2, -2}, []float64{}},
		{"constant", []int64{-2, -3}, nil},
		{"edge", []int64{-1, 2}, []float64{2, 3, 4, 4, 4}},
		{"edge", []int64{2, -3}, []float64{1, 1, 1}},
		{"edge", []int64{-4, 2}, nil},
		{"reflect", []int64{2, -1}, []float64{3, 2, 1, 2, 3}},
		{"reflect", []int64{8, 0}, []float64{3, 2, 1, 2, 3, 4, 3, 2, 1, 2, 3, 4}},
		{"wrap", []int64{-1, 4}, []float64{2, 3, 4, 2, 3, 4, 2}},
		{"wrap", []int64{5, 1}, []float64{4, 1, 2, 3, 4, 1, 2, 3, 4, 1}},
		{"wrap", []int64{1, -2}, []float64{2, 1, 2}},
	} {
		c := call{op: "Pad", opset: 21, attrs: attrs{"mode": tt.mode}, in: []*tensor.Tensor{x, i64(tt.pads...)}}
		if tt.want == nil {
			refused(t, tt.mode, c)
			continue
		}
		wantNumbers(t, tt.mode, c.result(t), tt.want, 0)
	}
	words := &tensor.Tensor{DType: dtype.String, Shape: []int{2}, Strings: []string{"a", "b"}}
	got := call{op: "Pad", opset: 13, in: []*tensor.Tensor{words, i64(1, 0)}}.result(t)
	if diff := cmp.Diff([]string{"", "a", "b"}, got.Strings); diff != "" {
		t.Errorf("strings (-want +got)\n%s", diff)
	}
	half := call{op: "Pad", opset: 2, attrs: attrs{"pads": []int64{1, 0}, "value": float32(0.1)}, in: []*tensor.Tensor{tensorAs(dtype.F16, []float64{1}, 1)}}
	if got := valuesOf(half.result(t)); got[0] != valuesOf(tensorAs(dtype.F16, []float64{0.1}, 1))[0] || got[1] != 1 {
		t.Errorf("Pad-2 of a half = %v", got)
	}
	in := []*tensor.Tensor{f32(make([]float64, 6), 2, 3), i64(1, 2), nil, tensor.Of([]int32{-1}, 1)}
	if got := (call{op: "Pad", opset: 18, in: in}).result(t).Shape; !slices.Equal(got, []int{2, 6}) {
		t.Errorf("Pad along one axis gives %v", got)
	}
	refused(t, "wrap before it came", call{op: "Pad", opset: 18, attrs: attrs{"mode": "wrap"}, in: []*tensor.Tensor{x, i64(1, 1)}})
	refused(t, "two values", call{op: "Pad", opset: 13, in: []*tensor.Tensor{x, i64(1, 1), f32([]float64{1, 2}, 2)}})
	refused(t, "no value", call{op: "Pad", opset: 13, in: []*tensor.Tensor{x, i64(1, 1), f32(nil, 0)}})
	refused(t, "too few pads", call{op: "Pad", opset: 13, in: []*tensor.Tensor{x, i64(1)}})
	refused(t, "endless pads", call{op: "Pad", opset: 13, in: []*tensor.Tensor{x, i64(math.MaxInt64, 0)}})
	refused(t, "a long edge", call{op: "Pad", opset: 13, attrs: attrs{"mode": "edge"}, in: []*tensor.Tensor{x, i64(1<<30, 0)}})
	refused(t, "an axis that is not there", call{op: "Pad", opset: 18, in: []*tensor.Tensor{x, i64(1, 1), nil, i64(1)}})
}
