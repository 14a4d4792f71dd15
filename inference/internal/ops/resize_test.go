package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// naiveResize interpolates every element by itself between all elements of x, along every axis as origin has it.
func naiveResize(x *tensor.Tensor, out []int, weight func(axis, to, from int) float64) []float64 {
	src := numbers(x)
	own := kernels.Contiguous(x.Shape)
	to := kernels.Contiguous(out)
	y := make([]float64, tensor.Elems(out))
	for i := range y {
		for j, v := range src {
			w := 1.0
			for d := range out {
				w *= weight(d, i/to[d]%out[d], j/own[d]%x.Shape[d])
			}
			y[i] += w * v
		}
	}
	return y
}

func TestResizeLinear(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 60 {
		in, out := make([]int, 1+rnd.IntN(4)), []int(nil)
		sizes := make([]int64, len(in))
		for i := range in {
			in[i] = 1 + rnd.IntN(5)
			o := in[i]
			if rnd.IntN(3) > 0 {
				o = 1 + rnd.IntN(9)
			}
			out, sizes[i] = append(out, o), int64(o)
		}
		data := make([]float64, tensor.Elems(in))
		for i := range data {
			data[i] = rnd.NormFloat64()
		}
		x := f32(data, in...)
		got := call{op: "Resize", opset: 19, attrs: attrs{"mode": "linear"}, in: []*tensor.Tensor{x, nil, nil, tensor.Of(sizes, len(sizes))}}
		want := naiveResize(x, out, func(d, to, from int) float64 {
			at := (float64(to)+0.5)*float64(in[d])/float64(out[d]) - 0.5
			at = min(max(at, 0), float64(in[d]-1))
			return max(1-math.Abs(at-float64(from)), 0)
		})
		y := got.result(t)
		if !slices.Equal(y.Shape, out) {
			t.Fatalf("%v resized to %v has shape %v", in, out, y.Shape)
		}
		wantNumbers(t, fmt.Sprintf("%v to %v", in, out), y, want, 1e-5)
	}
}

func TestResizeVersions(t *testing.T) {
	image := f32([]float64{1, 2, 3, 4, 5, 6, 7, 8}, 1, 1, 2, 4)
	scales := func(v ...float64) *tensor.Tensor { return f32(v, len(v)) }
	for _, test := range []struct {
		name string
		call
		want []float64
	}{
		{
			// The examples of Resize-10 in ONNX 1.5.
			"10, nearest, less",
			call{op: "Resize", opset: 10, in: []*tensor.Tensor{image, scales(1, 1, 0.6, 0.6)}},
			[]float64{1, 3},
		},
		{
			"10, linear, less",
			call{op: "Resize", opset: 10, attrs: attrs{"mode": "linear"}, in: []*tensor.Tensor{image, scales(1, 1, 0.6, 0.6)}},
			[]float64{1, 2.6666665},
		},
		{
			"10, linear, more",
			call{op: "Resize", opset: 10, attrs: attrs{"mode": "linear"}, in: []*tensor.Tensor{f32([]float64{1, 2, 3, 4}, 1, 1, 2, 2), scales(1, 1, 2, 2)}},
			[]float64{1, 1.5, 2, 2, 2, 2.5, 3, 3, 3, 3.5, 4, 4, 3, 3.5, 4, 4},
		},
		{
			"Upsample-1",
			call{op: "Upsample", opset: 1, attrs: attrs{"height_scale": float32(1), "width_scale": float32(2)}, in: []*tensor.Tensor{f32([]float64{1, 2, 3, 4}, 1, 1, 2, 2)}},
			[]float64{1, 1, 2, 2, 3, 3, 4, 4},
		},
		{
			"Upsample-1, bilinear",
			call{op: "Upsample", opset: 1, attrs: attrs{"mode": "bilinear", "height_scale": float32(1), "width_scale": float32(2)}, in: []*tensor.Tensor{f32([]float64{1, 2, 3, 4}, 1, 1, 2, 2)}},
			[]float64{1, 1.5, 2, 2, 3, 3.5, 4, 4},
		},
		{
			"Upsample-7",
			call{op: "Upsample", opset: 7, attrs: attrs{"scales": []float32{1, 3}}, in: []*tensor.Tensor{f32([]float64{1, 2}, 1, 2)}},
			[]float64{1, 1, 1, 2, 2, 2},
		},
		{
			"11, for nearest neighbours",
			call{op: "Resize", opset: 11, attrs: attrs{"coordinate_transformation_mode": "tf_half_pixel_for_nn", "nearest_mode": "floor"}, in: []*tensor.Tensor{f32([]float64{1, 2, 3, 4}, 4), f32(nil, 0), scales(0.5)}},
			[]float64{2, 4},
		},
		{
			"round_prefer_floor",
			call{op: "Resize", opset: 13, attrs: attrs{"coordinate_transformation_mode": "asymmetric"}, in: []*tensor.Tensor{f32([]float64{1, 2}, 2), nil, scales(2)}},
			[]float64{1, 1, 2, 2},
		},
		{
			"round_prefer_ceil",
			call{op: "Resize", opset: 13, attrs: attrs{"coordinate_transformation_mode": "asymmetric", "nearest_mode": "round_prefer_ceil"}, in: []*tensor.Tensor{f32([]float64{1, 2}, 2), nil, scales(2)}},
			[]float64{1, 2, 2, 2},
		},
		{
			"ceil",
			call{op: "Resize", opset: 13, attrs: attrs{"coordinate_transformation_mode": "asymmetric", "nearest_mode": "ceil"}, in: []*tensor.Tensor{f32([]float64{1, 2, 3}, 3), nil, scales(2)}},
			[]float64{1, 2, 2, 3, 3, 3},
		},
		{
			"one element, as PyTorch has it",
			call{op: "Resize", opset: 13, attrs: attrs{"mode": "linear", "coordinate_transformation_mode": "pytorch_half_pixel"}, in: []*tensor.Tensor{f32([]float64{1, 2, 3}, 3), nil, nil, tensor.Of([]int64{1}, 1)}},
			[]float64{1},
		},
		{
			"a part, and beyond",
			call{op: "Resize", opset: 13, attrs: attrs{"mode": "linear", "coordinate_transformation_mode": "tf_crop_and_resize", "extrapolation_value": float32(-7)}, in: []*tensor.Tensor{f32([]float64{1, 2, 3}, 3), scales(0.5, 1.5), nil, tensor.Of([]int64{3}, 1)}},
			[]float64{2, 3, -7},
		},
		{
			"a part, nearest",
			call{op: "Resize", opset: 13, attrs: attrs{"coordinate_transformation_mode": "tf_crop_and_resize", "extrapolation_value": float32(-7)}, in: []*tensor.Tensor{f32([]float64{1, 2, 3, 4, 5, 6}, 3, 2), scales(0.5, 0, 1.5, 1), nil, tensor.Of([]int64{3, 2}, 2)}},
			[]float64{3, 4, 5, 6, -7, -7},
		},
		{
			"backwards",
			call{op: "Resize", opset: 13, attrs: attrs{"mode": "linear", "coordinate_transformation_mode": "tf_crop_and_resize"}, in: []*tensor.Tensor{f32([]float64{1, 2, 3, 4, 5, 6}, 3, 2), scales(1, 0, 0, 1), nil, tensor.Of([]int64{3, 2}, 2)}},
			[]float64{5, 6, 3, 4, 1, 2},
		},
		{
			"integers",
			call{op: "Resize", opset: 13, attrs: attrs{"mode": "linear"}, in: []*tensor.Tensor{floatsAs[uint8]([]float64{0, 255, 3}, 3), nil, nil, tensor.Of([]int64{6}, 1)}},
			[]float64{0, 64, 191, 192, 66, 3},
		},
		{
			"integers beyond",
			call{op: "Resize", opset: 13, attrs: attrs{"mode": "cubic"}, in: []*tensor.Tensor{floatsAs[uint8]([]float64{0, 0, 255, 255}, 4), nil, scales(2)}},
			[]float64{0, 0, 0, 58, 197, 255, 255, 255},
		},
		{
			"large integers",
			call{op: "Resize", opset: 13, attrs: attrs{"mode": "linear", "coordinate_transformation_mode": "align_corners"}, in: []*tensor.Tensor{floatsAs[int64]([]float64{-1 << 40, 1<<40 + 2}, 2), nil, nil, tensor.Of([]int64{3}, 1)}},
			[]float64{-1 << 40, 1, 1<<40 + 2},
		},
	} {
		wantNumbers(t, test.name, test.result(t), test.want, 1e-6)
	}
}

func TestResizeOtherTypes(t *testing.T) {
	sizes := tensor.Of([]int64{4}, 1)
	words := &tensor.Tensor{DType: dtype.String, Shape: []int{2}, Strings: []string{"a", "b"}}
	y := call{op: "Resize", opset: 13, in: []*tensor.Tensor{words, nil, nil, sizes}}.result(t)
	if want := []string{"a", "a", "b", "b"}; !slices.Equal(y.Strings, want) {
		t.Errorf("strings: got %q; want %q", y.Strings, want)
	}
	if _, err := (call{op: "Resize", opset: 13, attrs: attrs{"mode": "linear"}, in: []*tensor.Tensor{words, nil, nil, sizes}, outs: 1}).eval(t); err == nil {
		t.Error("between strings: no error; want one")
	}
	z := tensor.Of([]complex64{0, 4 - 8i}, 2)
	y = call{op: "Resize", opset: 13, attrs: attrs{"mode": "linear"}, in: []*tensor.Tensor{z, nil, nil, sizes}}.result(t)
	if got, want := tensor.View[complex64](y), []complex64{0, 1 - 2i, 3 - 6i, 4 - 8i}; !slices.Equal(got, want) {
		t.Errorf("complex numbers: got %v; want %v", got, want)
	}
	half := tensor.Of([]dtype.Float16{0, 0x4400}, 2) // 0 and 4
	y = call{op: "Resize", opset: 13, attrs: attrs{"mode": "linear"}, in: []*tensor.Tensor{half, nil, nil, sizes}}.result(t)
	if got, want := tensor.View[dtype.Float16](y), []dtype.Float16{0, 0x3c00, 0x4200, 0x4400}; !slices.Equal(got, want) {
		t.Errorf("float16: got %x; want %x", got, want)
	}
	y = call{op: "Resize", opset: 13, attrs: attrs{"mode": "linear"}, in: []*tensor.Tensor{tensor.Of([]bool{false, true}, 2), nil, nil, sizes}}.result(t)
	if got, want := tensor.View[bool](y), []bool{false, false, true, true}; !slices.Equal(got, want) {
		t.Errorf("bools: got %v; want %v", got, want)
	}
}

func TestResizeRefuses(t *testing.T) {
	x := f32([]float64{1, 2}, 1, 2)
	sizes := func(v ...int64) *tensor.Tensor { return tensor.Of(v, len(v)) }
	for name, c := range map[string]call{
		"no target":         {in: []*tensor.Tensor{x}},
		"two targets":       {in: []*tensor.Tensor{x, nil, f32([]float64{1, 2}, 2), sizes(1, 2)}},
		"too few sizes":     {in: []*tensor.Tensor{x, nil, nil, sizes(1)}},
		"a negative size":   {in: []*tensor.Tensor{x, nil, nil, sizes(1, -2)}},
		"a huge size":       {in: []*tensor.Tensor{x, nil, nil, sizes(1, 1<<40)}},
		"many taps":         {attrs: attrs{"mode": "linear"}, in: []*tensor.Tensor{x, nil, nil, sizes(1, 1<<30)}},
		"a scale of 0":      {in: []*tensor.Tensor{x, nil, f32([]float64{1, 0}, 2)}},
		"a scale of NaN":    {in: []*tensor.Tensor{x, nil, f32([]float64{1, math.NaN()}, 2)}},
		"a huge scale":      {in: []*tensor.Tensor{x, nil, f32([]float64{1, 1e30}, 2)}},
		"an unknown mode":   {attrs: attrs{"mode": "round"}, in: []*tensor.Tensor{x, nil, nil, sizes(1, 2)}},
		"unknown rounding":  {attrs: attrs{"nearest_mode": "?"}, in: []*tensor.Tensor{x, nil, nil, sizes(1, 3)}},
		"unknown position":  {attrs: attrs{"coordinate_transformation_mode": "?"}, in: []*tensor.Tensor{x, nil, nil, sizes(1, 3)}},
		"an unknown policy": {attrs: attrs{"keep_aspect_ratio_policy": "?"}, in: []*tensor.Tensor{x, nil, nil, sizes(1, 3)}},
		"an axis twice":     {attrs: attrs{"axes": []int64{1, -1}}, in: []*tensor.Tensor{x, nil, nil, sizes(1, 3)}},
		"no roi":            {attrs: attrs{"coordinate_transformation_mode": "tf_crop_and_resize"}, in: []*tensor.Tensor{x, nil, nil, sizes(1, 3)}},
		"half a roi":        {attrs: attrs{"coordinate_transformation_mode": "tf_crop_and_resize"}, in: []*tensor.Tensor{x, f32([]float64{0, 1}, 2), nil, sizes(1, 3)}},
		"a roi of NaN":      {attrs: attrs{"coordinate_transformation_mode": "tf_crop_and_resize"}, in: []*tensor.Tensor{x, f32([]float64{0, math.NaN(), 1, 1}, 4), nil, sizes(1, 3)}},
		"from nothing":      {in: []*tensor.Tensor{f32(nil, 0, 2), nil, nil, sizes(3, 2)}},
	} {
		c.op, c.opset, c.outs = "Resize", 19, 1
		if out, err := c.eval(t); err == nil {
			t.Errorf("%s: got %v; want an error", name, out[0].Shape)
		}
	}
}
