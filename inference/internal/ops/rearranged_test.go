package ops

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

func i64(v ...int64) *tensor.Tensor { return tensor.Of(v, len(v)) }

// refused checks that a node is refused, when it is planned or when it runs.
func refused(t *testing.T, name string, c call) {
	t.Helper()
	if _, err := c.eval(t); err == nil {
		t.Errorf("%s: not refused", name)
	}
}

func TestCol2Im(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 100 {
		image := []int64{3 + r.Int64N(6), 3 + r.Int64N(6)}
		block := []int64{1 + r.Int64N(3), 1 + r.Int64N(3)}
		stride := []int64{1 + r.Int64N(3), 1 + r.Int64N(3)}
		dilation := []int64{1, 1 + r.Int64N(2)}
		pads := []int64{r.Int64N(3), r.Int64N(3), 2, 2}
		rows := (image[0]+pads[0]+pads[2]-(block[0]-1)*dilation[0]-1)/stride[0] + 1
		cols := (image[1]+pads[1]+pads[3]-(block[1]-1)*dilation[1]-1)/stride[1] + 1
		taps := block[0] * block[1]
		dims := []int{2, int(3 * taps), int(rows * cols)}
		for _, d := range []dtype.DType{dtype.Float32, dtype.F16, dtype.Uint8, dtype.Int64} {
			x := smallInts(r, d, dims...)
			want := make([]float64, 6*image[0]*image[1])
			for i, v := range codesOf(x) {
				at := int64(i)
				col, row, tap, plane := at%cols, at/cols%rows, at/cols/rows%taps, at/cols/rows/taps
				h := row*stride[0] - pads[0] + tap/block[1]*dilation[0]
				w := col*stride[1] - pads[1] + tap%block[1]*dilation[1]
				if h >= 0 && h < image[0] && w >= 0 && w < image[1] {
					want[(plane*image[0]+h)*image[1]+w] += v
				}
			}
			got := call{
				op: "Col2Im", opset: 18, attrs: attrs{"strides": stride, "dilations": dilation, "pads": pads},
				in: []*tensor.Tensor{x, i64(image...), i64(block...)},
			}.result(t)
			if diff := cmp.Diff(want, codesOf(got)); diff != "" {
				t.Fatalf("%v in %v of %v: (-want +got)\n%s", block, image, d, diff)
			}
		}
	}
	words := &tensor.Tensor{DType: dtype.String, Shape: []int{1, 2, 2}, Strings: []string{"a", "b", "c", "d"}}
	got := call{op: "Col2Im", opset: 18, in: []*tensor.Tensor{words, i64(1, 3), i64(1, 2)}}.result(t)
	if diff := cmp.Diff([]string{"a", "bc", "d"}, got.Strings); diff != "" {
		t.Errorf("strings (-want +got)\n%s", diff)
	}
	pairs := tensor.Of([]complex64{1i, 2, 3, 4i}, 1, 2, 2)
	got = call{op: "Col2Im", opset: 18, in: []*tensor.Tensor{pairs, i64(1, 3), i64(1, 2)}}.result(t)
	if diff := cmp.Diff([]complex64{1i, 5, 4i}, tensor.View[complex64](got)); diff != "" {
		t.Errorf("complex numbers (-want +got)\n%s", diff)
	}
	bools := tensor.Of([]bool{false, true, true, false}, 1, 2, 2)
	got = call{op: "Col2Im", opset: 18, in: []*tensor.Tensor{bools, i64(1, 3), i64(1, 2)}}.result(t)
	if diff := cmp.Diff([]bool{false, true, false}, tensor.View[bool](got)); diff != "" {
		t.Errorf("bools (-want +got)\n%s", diff)
	}
	x := f32(make([]float64, 16), 1, 4, 4)
	for name, in := range map[string][]*tensor.Tensor{
		"too many blocks":         {x, i64(2, 2), i64(2, 2)},
		"rows that make no block": {x, i64(5, 5), i64(3, 1)},
		"a negative length":       {x, i64(-3, 3), i64(2, 2)},
		"a block of nothing":      {x, i64(3, 3), i64(0, 2)},
		"a block of another rank": {x, i64(3, 3), i64(2)},
		"a huge image":            {x, i64(1<<40, 3), i64(2, 2)},
		"a block that is larger":  {x, i64(1, 1), i64(2, 2)},
	} {
		refused(t, name, call{op: "Col2Im", opset: 18, in: in})
	}
}

func TestCenterCropPad(t *testing.T) {
	x := f32([]float64{1, 2, 3, 4, 5}, 5)
	for _, tt := range []struct {
		length int64
		want   []float64
	}{
		{5, []float64{1, 2, 3, 4, 5}},
		{2, []float64{2, 3}},
		{3, []float64{2, 3, 4}},
		{0, []float64{}},
		{6, []float64{1, 2, 3, 4, 5, 0}},
		{8, []float64{0, 1, 2, 3, 4, 5, 0, 0}},
	} {
		got := call{op: "CenterCropPad", opset: 18, in: []*tensor.Tensor{x, i64(tt.length)}}.result(t)
		if diff := cmp.Diff(tt.want, codesOf(got)); diff != "" {
			t.Errorf("a length of %d (-want +got)\n%s", tt.length, diff)
		}
	}
	words := &tensor.Tensor{DType: dtype.String, Shape: []int{1, 2}, Strings: []string{"a", "b"}}
	got := call{op: "CenterCropPad", opset: 18, attrs: attrs{"axes": []int64{-1, 0}}, in: []*tensor.Tensor{words, tensor.Of([]int32{1, 2}, 2)}}.result(t)
	if diff := cmp.Diff([]string{"a", ""}, got.Strings); diff != "" {
		t.Errorf("strings (-want +got)\n%s", diff)
	}
	refused(t, "a negative length", call{op: "CenterCropPad", opset: 18, in: []*tensor.Tensor{x, i64(-1)}})
	refused(t, "too many lengths", call{op: "CenterCropPad", opset: 18, in: []*tensor.Tensor{x, i64(1, 1)}})
	refused(t, "an axis twice", call{op: "CenterCropPad", opset: 18, attrs: attrs{"axes": []int64{0, -1}}, in: []*tensor.Tensor{x, i64(1, 1)}})
}

func TestMaxUnpool(t *testing.T) {
	x := f32([]float64{5, 6, 7, 8}, 1, 1, 2, 2)
	at := tensor.Of([]int64{5, 7, 13, 15}, 1, 1, 2, 2)
	a := attrs{"kernel_shape": []int64{2, 2}, "strides": []int64{2, 2}}
	got := call{op: "MaxUnpool", opset: 11, attrs: a, in: []*tensor.Tensor{x, at, i64(1, 1, 5, 5)}}.result(t)
	want := make([]float64, 25)
	want[6], want[8], want[16], want[18] = 5, 6, 7, 8
	if diff := cmp.Diff(want, codesOf(got)); diff != "" {
		t.Errorf("with an output shape (-want +got)\n%s", diff)
	}
	half := asType(dtype.BF16, []float64{5, 6, 7, 8}, 1, 1, 2, 2)
	got = call{op: "MaxUnpool", opset: 22, attrs: a, in: []*tensor.Tensor{half, at}}.result(t)
	want = make([]float64, 16)
	want[5], want[7], want[13], want[15] = 5, 6, 7, 8
	if diff := cmp.Diff(want, codesOf(got)); diff != "" {
		t.Errorf("without one (-want +got)\n%s", diff)
	}
	for _, bad := range []int64{-1, 16, math.MaxInt64, math.MinInt64} {
		refused(t, "an index that is out of range", call{op: "MaxUnpool", opset: 11, attrs: a, in: []*tensor.Tensor{x, tensor.Of([]int64{bad, 7, 13, 15}, 1, 1, 2, 2)}})
	}
	refused(t, "indices of another shape", call{op: "MaxUnpool", opset: 11, attrs: a, in: []*tensor.Tensor{x, i64(1, 2, 3, 4)}})
	refused(t, "a smaller output", call{op: "MaxUnpool", opset: 11, attrs: a, in: []*tensor.Tensor{x, at, i64(1, 1, 3, 5)}})
	refused(t, "an output of another rank", call{op: "MaxUnpool", opset: 11, attrs: a, in: []*tensor.Tensor{x, at, i64(5, 5)}})
	refused(t, "pads that leave nothing", call{op: "MaxUnpool", opset: 11, attrs: attrs{"kernel_shape": []int64{2, 2}, "pads": []int64{9, 9, 9, 9}}, in: []*tensor.Tensor{x, at}})
}

func TestTensorScatter(t *testing.T) {
	past := asType(dtype.I4, []float64{1, 2, 3, 4, 5, 6}, 2, 3)
	update := asType(dtype.I4, []float64{-1, -2, -3, -4}, 2, 2)
	for _, tt := range []struct {
		mode string
		at   *tensor.Tensor
		want []float64
	}{
		{"linear", nil, []float64{-1, -2, 3, -3, -4, 6}},
		{"linear", i64(1, 0), []float64{1, -1, -2, -3, -4, 6}},
		{"circular", i64(2, -1), []float64{-2, 2, -1, -4, 5, -3}},
		{"circular", i64(7, math.MinInt64), []float64{1, -1, -2, 4, -3, -4}},
	} {
		in := []*tensor.Tensor{past, update}
		if tt.at != nil {
			in = append(in, tt.at)
		}
		c := call{op: "TensorScatter", opset: 24, attrs: attrs{"axis": int64(1), "mode": tt.mode}, in: in, outs: 1}
		if diff := cmp.Diff(tt.want, codesOf(c.run(t)[0])); diff != "" {
			t.Errorf("%s at %v (-want +got)\n%s", tt.mode, tt.at, diff)
		}
		wantNoAllocs(t, c)
	}
	axis := attrs{"axis": int64(1)}
	refused(t, "a write beyond the end", call{op: "TensorScatter", opset: 24, attrs: axis, in: []*tensor.Tensor{past, update, i64(2, 0)}})
	refused(t, "a write before the start", call{op: "TensorScatter", opset: 24, attrs: axis, in: []*tensor.Tensor{past, update, i64(0, -1)}})
	refused(t, "too few indices", call{op: "TensorScatter", opset: 24, attrs: axis, in: []*tensor.Tensor{past, update, i64(0)}})
	refused(t, "the axis of the batch", call{op: "TensorScatter", opset: 24, in: []*tensor.Tensor{past, update}})
	refused(t, "an update that is longer", call{op: "TensorScatter", opset: 24, attrs: axis, in: []*tensor.Tensor{update, past}})
	refused(t, "no mode", call{op: "TensorScatter", opset: 24, attrs: attrs{"axis": int64(1), "mode": "none"}, in: []*tensor.Tensor{past, update}})
}

func TestBitCast(t *testing.T) {
	for _, tt := range []struct {
		x    *tensor.Tensor
		to   dtype.DType
		want []float64
	}{
		{f32([]float64{1, -2}, 2), dtype.Uint32, []float64{0x3f800000, 0xc0000000}},
		{asType(dtype.U4, []float64{15, 7}, 2), dtype.I4, []float64{-1, 7}},
		{asType(dtype.I4, []float64{-1, 7}, 2), dtype.U4, []float64{15, 7}},
		{asType(dtype.I2, []float64{-2, 1}, 2), dtype.U2, []float64{2, 1}},
		{asType(dtype.I4, []float64{-8, 7}, 2), dtype.F4E2M1, []float64{0, 6}},
		{asType(dtype.Uint8, []float64{0, 1, 7}, 3), dtype.Bool, []float64{0, 1, 1}},
		{asType(dtype.F16, []float64{1}, 1), dtype.BF16, []float64{0.0078125}},
	} {
		got := call{op: "BitCast", opset: 26, attrs: attrs{"to": int64(tt.to)}, in: []*tensor.Tensor{tt.x}, outs: 1}.run(t)[0]
		if diff := cmp.Diff(tt.want, codesOf(got)); diff != "" || got.DType != tt.to {
			t.Errorf("%v as %v, %v (-want +got)\n%s", tt.x.DType, tt.to, got.DType, diff)
		}
	}
	for _, to := range []int64{int64(dtype.Float64), int64(dtype.String), 0, -1, 99} {
		refused(t, "another width", call{op: "BitCast", opset: 26, attrs: attrs{"to": to}, in: []*tensor.Tensor{f32([]float64{1}, 1)}})
	}
}

func TestDet(t *testing.T) {
	for _, tt := range []struct {
		x    []float64
		dims []int
		want []float64
	}{
		{[]float64{0, 1, 2, 3}, []int{2, 2}, []float64{-2}},
		{[]float64{0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0, 0}, []int{2, 3, 3}, []float64{1, 2}},
		{[]float64{1, 2, 2, 4}, []int{2, 2}, []float64{0}},
		{nil, []int{2, 0, 0}, []float64{1, 1}},
		{nil, []int{0, 2, 2}, []float64{}},
	} {
		for _, d := range []dtype.DType{dtype.Float32, dtype.Float64, dtype.F16, dtype.BF16} {
			c := call{op: "Det", opset: 22, in: []*tensor.Tensor{asType(d, tt.x, tt.dims...)}, outs: 1}
			if diff := cmp.Diff(tt.want, codesOf(c.run(t)[0])); diff != "" {
				t.Errorf("%v of %v (-want +got)\n%s", tt.x, d, diff)
			}
			wantNoAllocs(t, c)
		}
	}
	refused(t, "a matrix that is not square", call{op: "Det", opset: 11, in: []*tensor.Tensor{f32(make([]float64, 6), 2, 3)}})
	refused(t, "a vector", call{op: "Det", opset: 11, in: []*tensor.Tensor{f32(make([]float64, 6), 6)}})
}
