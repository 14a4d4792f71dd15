package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// TestAffineGridSample samples at the grid of the identity, which gives the same image.
func TestAffineGridSample(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	identity := map[int][]float64{2: {1, 0, 0, 0, 1, 0}, 3: {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}}
	for rank, theta := range identity {
		dims := append([]int{1, 2}, []int{3, 4, 5}[:rank]...)
		x := noise(rnd, dims...)
		size := make([]int64, len(dims))
		for i, d := range dims {
			size[i] = int64(d)
		}
		for _, corners := range []int64{0, 1} {
			for _, mode := range []string{"linear", "nearest", "cubic"} {
				for _, padding := range []string{"zeros", "border", "reflection"} {
					grid := call{op: "AffineGrid", opset: 20, attrs: attrs{"align_corners": corners}, in: []*tensor.Tensor{f32(theta, 1, rank, rank+1), tensor.Of(size, len(size))}}.result(t)
					c := call{op: "GridSample", opset: 20, attrs: attrs{"align_corners": corners, "mode": mode, "padding_mode": padding}, in: []*tensor.Tensor{x, grid}, outs: 1}
					wantNumbers(t, fmt.Sprintf("%v, align_corners %d, %s, %s", dims, corners, mode, padding), c.run(t)[0], numbers(x), 1e-5)
				}
			}
		}
	}
}

func TestGridSampleTypes(t *testing.T) {
	middle := f32([]float64{0, -1, 1}, 1, 3, 1) // of a line of two elements: between them, and at both ends
	line := attrs{"align_corners": int64(1)}
	y := call{op: "GridSample", opset: 20, attrs: line, in: []*tensor.Tensor{floatsAs[int8]([]float64{-4, 1}, 1, 1, 2), middle}, outs: 1}.run(t)[0]
	wantNumbers(t, "integers", y, []float64{-1, -4, 1}, 0) // -1.5 towards zero
	y = call{op: "GridSample", opset: 20, attrs: line, in: []*tensor.Tensor{tensor.Of([]complex128{2i, 4}, 1, 1, 2), middle}, outs: 1}.run(t)[0]
	if got, want := tensor.View[complex128](y), []complex128{2 + 1i, 2i, 4}; !slices.Equal(got, want) {
		t.Errorf("complex numbers: got %v; want %v", got, want)
	}
	nearest := attrs{"align_corners": int64(1), "mode": "nearest"}
	words := &tensor.Tensor{DType: dtype.String, Shape: []int{1, 1, 2}, Strings: []string{"a", "b"}}
	y = call{op: "GridSample", opset: 20, attrs: nearest, in: []*tensor.Tensor{words, f32([]float64{-3, 1}, 1, 2, 1)}, outs: 1}.run(t)[0]
	if want := []string{"", "b"}; !slices.Equal(y.Strings, want) {
		t.Errorf("strings: got %q; want %q", y.Strings, want)
	}
	half := tensor.Of([]dtype.Float16{0xbc00, 0x3c00}, 1, 2, 1) // -1 and 1
	y = call{op: "GridSample", opset: 20, attrs: nearest, in: []*tensor.Tensor{f32([]float64{5, 6}, 1, 1, 2), half}, outs: 1}.run(t)[0]
	wantNumbers(t, "a grid of float16", y, []float64{5, 6}, 0)
	y = call{op: "GridSample", opset: 20, attrs: line, in: []*tensor.Tensor{floatsAs[float64]([]float64{5, 6}, 1, 1, 2), half}, outs: 1}.run(t)[0]
	wantNumbers(t, "a grid of float16 for float64", y, []float64{5, 6}, 0)
}

func TestGridSampleFarOut(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	grid := f32([]float64{inf, -inf, nan, 1e30, -1e30, 3e9}, 1, 6, 1)
	for _, padding := range []string{"zeros", "border", "reflection"} {
		for _, mode := range []string{"nearest", "linear", "cubic"} {
			c := call{op: "GridSample", opset: 20, attrs: attrs{"mode": mode, "padding_mode": padding}, in: []*tensor.Tensor{f32([]float64{1, 2}, 1, 1, 2), grid}, outs: 1}
			for i, v := range numbers(c.run(t)[0]) {
				if !(v >= 0 && v <= 2.2) || padding == "zeros" && v != 0 {
					t.Errorf("%s, %s: element %d is %v", padding, mode, i, v)
				}
			}
			c.in[0] = f32(nil, 1, 1, 0)
			if got := numbers(c.run(t)[0]); slices.Max(got) != 0 {
				t.Errorf("%s, %s, of nothing: got %v; want zeros", padding, mode, got)
			}
		}
	}
}

// TestDeformConvWithoutOffsets compares with Conv, which it is then.
func TestDeformConvWithoutOffsets(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 10))
	for _, test := range []struct {
		x, w  []int
		attrs attrs
	}{
		{[]int{2, 4, 7}, []int{6, 2, 3}, attrs{"group": int64(2), "pads": []int64{1, 2}, "strides": []int64{2}}},
		{[]int{1, 2, 5, 6}, []int{3, 2, 3, 2}, attrs{"dilations": []int64{1, 2}, "pads": []int64{1, 0, 2, 1}}},
		{[]int{1, 3, 9, 8}, []int{2, 3, 2, 2}, attrs{"strides": []int64{1, 3}}},
		{[]int{1, 2, 3, 4, 3}, []int{2, 1, 2, 2, 2}, attrs{"group": int64(2)}},
	} {
		x, w := noise(rnd, test.x...), noise(rnd, test.w...)
		b := noise(rnd, test.w[0])
		want := call{op: "Conv", opset: 11, attrs: test.attrs, in: []*tensor.Tensor{x, w, b}, outs: 1}.run(t)[0]
		taps := tensor.Elems(test.w[2:])
		offset := tensor.New(dtype.Float32, append([]int{test.x[0], taps * len(test.w[2:])}, want.Shape[2:]...))
		mask := tensor.New(dtype.Float32, append([]int{test.x[0], taps}, want.Shape[2:]...))
		ones := tensor.View[float32](mask)
		for i := range ones {
			ones[i] = 1
		}
		got := call{op: "DeformConv", opset: 19, attrs: test.attrs, in: []*tensor.Tensor{x, w, offset, b, mask}, outs: 1}.run(t)[0]
		wantTensor(t, fmt.Sprintf("%v by %v", test.x, test.w), got, want.Shape, numbers(want))
	}
	for name, offset := range map[string][]int{"few offsets": {1, 4, 2, 2}, "another size": {1, 8, 2, 3}} {
		c := call{op: "DeformConv", opset: 19, in: []*tensor.Tensor{noise(rnd, 1, 1, 3, 3), noise(rnd, 1, 1, 2, 2), noise(rnd, offset...)}, outs: 1}
		if _, err := c.try(t); err == nil {
			t.Errorf("%s: no error; want one", name)
		}
	}
}

func TestMaxRoiPool(t *testing.T) {
	plane := make([]float64, 36)
	for i := range plane {
		plane[i] = float64(i)
	}
	c := call{
		op: "MaxRoiPool", opset: 1, attrs: attrs{"pooled_shape": []int64{2, 2}, "spatial_scale": float32(0.5)}, outs: 1,
		in: []*tensor.Tensor{f32(plane, 1, 1, 6, 6), f32([]float64{0, 0, 0, 6, 6, 0, 8, 8, 8, 8, 0, 40, 40, 60, 60}, 3, 5)},
	}
	// The first region is of 4 by 4 elements, the second of one, the third lies outside.
	wantNumbers(t, "MaxRoiPool", c.run(t)[0], []float64{7, 9, 19, 21, 28, 28, 28, 28, 0, 0, 0, 0}, 0)
	c.in[1] = f32([]float64{1, 0, 0, 6, 6}, 1, 5)
	if _, err := c.try(t); err == nil {
		t.Error("a region of the second image of one: no error; want one")
	}
	c.in[1] = f32([]float64{0, math.NaN(), math.Inf(-1), math.Inf(1), 1e30}, 1, 5)
	if _, err := c.try(t); err != nil {
		t.Errorf("a region of no numbers: %v", err)
	}
}

func TestRoiAlign(t *testing.T) {
	x := f32([]float64{0, 1, 2, 3}, 1, 1, 2, 2)
	c := call{
		op: "RoiAlign", opset: 10, attrs: attrs{"sampling_ratio": int64(1)}, outs: 1,
		in: []*tensor.Tensor{x, f32([]float64{0, 0, 1, 1}, 1, 4), tensor.Of([]int64{0}, 1)},
	}
	wantNumbers(t, "RoiAlign-10", c.run(t)[0], []float64{1.5}, 1e-6) // at (0.5, 0.5)
	c.opset = 16
	wantNumbers(t, "RoiAlign-16", c.run(t)[0], []float64{0}, 1e-6) // at (0, 0)
	for name, change := range map[string]func(c *call){
		"another image":    func(c *call) { c.in[2] = tensor.Of([]int64{1}, 1) },
		"before the first": func(c *call) { c.in[2] = tensor.Of([]int64{-1}, 1) },
		"a huge region":    func(c *call) { c.attrs = nil; c.in[1] = f32([]float64{0, 0, 1e30, 1e30}, 1, 4) },
		"no region":        func(c *call) { c.attrs = nil; c.in[1] = f32([]float64{math.NaN(), 0, 1, 1}, 1, 4) },
		"three numbers":    func(c *call) { c.in[1] = f32([]float64{0, 0, 1}, 1, 3) },
	} {
		bad := c
		bad.in = slices.Clone(c.in)
		change(&bad)
		if out, err := bad.try(t); err == nil {
			t.Errorf("%s: got %v; want an error", name, numbers(out[0]))
		}
	}
}

func TestNonMaxSuppression(t *testing.T) {
	boxes := f32([]float64{0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 10, 1, 11, 5, 5, 5, 5}, 1, 4, 4)
	scores := f32([]float64{0.5, 0.9, 0.5, math.NaN()}, 1, 1, 4)
	most := tensor.Of([]int64{10}, 1)
	share := f32([]float64{0.5}, 1)
	for name, test := range map[string]struct {
		in   []*tensor.Tensor
		want []int64 // the boxes chosen
	}{
		"no limit":       {[]*tensor.Tensor{boxes, scores}, nil},
		"all":            {[]*tensor.Tensor{boxes, scores, most, share}, []int64{1, 2, 3}},
		"two":            {[]*tensor.Tensor{boxes, scores, tensor.Of([]int64{2}, 1), share}, []int64{1, 2}},
		"a great many":   {[]*tensor.Tensor{boxes, scores, tensor.Of([]int64{math.MaxInt64}, 1), share}, []int64{1, 2, 3}},
		"less than none": {[]*tensor.Tensor{boxes, scores, tensor.Of([]int64{-1}, 1), share}, nil},
		"good ones":      {[]*tensor.Tensor{boxes, scores, most, share, f32([]float64{0.5}, 1)}, []int64{1}},
		"overlapping":    {[]*tensor.Tensor{boxes, scores, most, f32([]float64{1}, 1)}, []int64{1, 0, 2, 3}},
	} {
		y := call{op: "NonMaxSuppression", opset: 11, in: test.in}.result(t)
		var got []int64
		for i, v := range tensor.View[int64](y) {
			if i%3 == 2 {
				got = append(got, v)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v; want %v", name, got, test.want)
		}
	}
}

// TestSamplingAllocatesNothing checks kernels that share memory between the parts of their work.
func TestSamplingAllocatesNothing(t *testing.T) {
	rnd := rand.New(rand.NewPCG(17, 18))
	x, grid := noise(rnd, 1, 2, 8, 9), noise(rnd, 1, 12, 12, 2)
	scales := []float32{1, 1, 2, 1.5}
	for _, mode := range []string{"nearest", "linear"} {
		wantNoAllocs(t, call{op: "GridSample", opset: 20, attrs: attrs{"mode": mode}, in: []*tensor.Tensor{x, grid}, outs: 1})
		wantNoAllocs(t, call{op: "Upsample", opset: 7, attrs: attrs{"mode": mode, "scales": scales}, in: []*tensor.Tensor{x}, outs: 1})
	}
	wantNoAllocs(t, call{op: "DFT", opset: 17, in: []*tensor.Tensor{noise(rnd, 2, 14, 2)}, outs: 1})
	wantNoAllocs(t, call{op: "DFT", opset: 17, in: []*tensor.Tensor{noise(rnd, 2, 17, 1)}, outs: 1})
	wantNoAllocs(t, call{op: "DeformConv", opset: 19, in: []*tensor.Tensor{x, noise(rnd, 3, 2, 2, 2), noise(rnd, 1, 8, 7, 8)}, outs: 1})
}
