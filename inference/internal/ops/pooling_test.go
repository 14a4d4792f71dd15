package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference/internal/tensor"
)

// image returns the numbers from 1 on, as an image with the given dimensions.
func image(dims ...int) *tensor.Tensor {
	v := make([]float64, tensor.Elems(dims))
	for i := range v {
		v[i] = float64(i + 1)
	}
	return f32(v, dims...)
}

func TestPool(t *testing.T) {
	row, square := image(1, 1, 5), image(1, 1, 4, 4)
	for _, tt := range []struct {
		name  string
		op    string
		x     *tensor.Tensor
		attrs attrs
		dims  []int
		want  []float64
	}{
		{"floor", "MaxPool", row, attrs{"kernel_shape": []int64{2}, "strides": []int64{2}}, []int{1, 1, 2}, []float64{2, 4}},
		{"ceil", "MaxPool", row, attrs{"kernel_shape": []int64{2}, "strides": []int64{2}, "ceil_mode": int64(1)}, []int{1, 1, 3}, []float64{2, 4, 5}},
		{
			"ceil, no position on the padding after", "MaxPool", image(1, 1, 4),
			attrs{"kernel_shape": []int64{1}, "strides": []int64{3}, "pads": []int64{0, 1}, "ceil_mode": int64(1)},
			[]int{1, 1, 2},
			[]float64{1, 4},
		},
		{"dilations", "MaxPool", row, attrs{"kernel_shape": []int64{2}, "dilations": []int64{3}}, []int{1, 1, 2}, []float64{4, 5}},
		{"upper", "AveragePool", row, attrs{"kernel_shape": []int64{2}, "auto_pad": "SAME_UPPER"}, []int{1, 1, 5}, []float64{1.5, 2.5, 3.5, 4.5, 5}},
		{"lower", "AveragePool", row, attrs{"kernel_shape": []int64{2}, "auto_pad": "SAME_LOWER"}, []int{1, 1, 5}, []float64{1, 1.5, 2.5, 3.5, 4.5}},
		{"valid", "AveragePool", row, attrs{"kernel_shape": []int64{4}, "auto_pad": "VALID", "pads": []int64{3, 3}}, []int{1, 1, 2}, []float64{2.5, 3.5}},
		{
			"without padding", "AveragePool", row,
			attrs{"kernel_shape": []int64{3}, "strides": []int64{2}, "pads": []int64{1, 1}},
			[]int{1, 1, 3},
			[]float64{1.5, 3, 4.5},
		},
		{
			"with padding", "AveragePool", row,
			attrs{"kernel_shape": []int64{3}, "strides": []int64{2}, "pads": []int64{1, 1}, "count_include_pad": int64(1)},
			[]int{1, 1, 3},
			[]float64{1, 3, 3},
		},
		{
			"with padding, but not what lies beyond", "AveragePool", row, // the last position has elements 4 and 5, the padding, and one more
			attrs{"kernel_shape": []int64{4}, "strides": []int64{3}, "pads": []int64{0, 1}, "count_include_pad": int64(1), "ceil_mode": int64(1)},
			[]int{1, 1, 2},
			[]float64{2.5, 3},
		},
		{
			"two dimensions", "AveragePool", square,
			attrs{"kernel_shape": []int64{2, 3}, "strides": []int64{2, 1}},
			[]int{1, 1, 2, 2},
			[]float64{4, 5, 12, 13},
		},
		{"euclid", "LpPool", row, attrs{"kernel_shape": []int64{2}, "strides": []int64{3}}, []int{1, 1, 2}, []float64{math.Sqrt(5), math.Sqrt(41)}},
		{"manhattan", "LpPool", row, attrs{"kernel_shape": []int64{2}, "p": int64(1)}, []int{1, 1, 4}, []float64{3, 5, 7, 9}},
		{"cubes", "LpPool", row, attrs{"kernel_shape": []int64{2}, "p": int64(3), "strides": []int64{4}}, []int{1, 1, 1}, []float64{math.Cbrt(9)}},
		{"greatest of all", "GlobalMaxPool", image(1, 2, 2, 2), nil, []int{1, 2, 1, 1}, []float64{4, 8}},
		{"mean of all", "GlobalAveragePool", image(1, 2, 3), nil, []int{1, 2, 1}, []float64{2, 5}},
		{"norm of all", "GlobalLpPool", image(1, 1, 2, 1), nil, []int{1, 1, 1, 1}, []float64{math.Sqrt(5)}},
		{"nothing", "MaxPool", image(0, 1, 5), attrs{"kernel_shape": []int64{2}}, []int{0, 1, 4}, []float64{}},
	} {
		c := call{op: tt.op, opset: 22, attrs: tt.attrs, in: []*tensor.Tensor{tt.x}, outs: 1}
		out := c.run(t)[0]
		wantNumbers(t, tt.op+" "+tt.name, out, tt.want, 1e-6)
		if !slices.Equal(out.Shape, tt.dims) {
			t.Errorf("%s %s: shape %v; want %v", tt.op, tt.name, out.Shape, tt.dims)
		}
		wantNoAllocs(t, c)
	}
}

func TestMaxPoolIndices(t *testing.T) {
	x := []float64{
		1, 2, 9, // the second plane is the first with all the same
		4, 9, 3,
	}
	for order, want := range map[int64][]float64{0: {4, 2, 10, 8}, 1: {3, 4, 9, 10}} {
		attrs := attrs{"kernel_shape": []int64{2, 2}, "storage_order": order}
		for _, in := range []*tensor.Tensor{
			f32(append(x, x...), 1, 2, 2, 3), floatsAs[float64](append(x, x...), 1, 2, 2, 3),
			floatsAs[int8](append(x, x...), 1, 2, 2, 3), floatsAs[uint8](append(x, x...), 1, 2, 2, 3),
		} {
			out := call{op: "MaxPool", opset: 12, attrs: attrs, in: []*tensor.Tensor{in}, outs: 2}.run(t)
			wantNumbers(t, "Y", out[0], []float64{9, 9, 9, 9}, 0)
			wantNumbers(t, fmt.Sprintf("indices in order %d", order), out[1], want, 0)
		}
	}
	out := call{op: "MaxPool", opset: 12, attrs: attrs{"kernel_shape": []int64{2}}, in: []*tensor.Tensor{
		f32([]float64{math.Inf(-1), math.Inf(-1), math.NaN(), 1}, 1, 1, 4),
	}, outs: 2}.run(t)
	wantNumbers(t, "Y", out[0], []float64{math.Inf(-1), math.NaN(), math.NaN()}, 0)
	wantNumbers(t, "indices", out[1], []float64{0, 2, 2}, 0)
}

func TestBadPool(t *testing.T) {
	for _, tt := range []struct {
		attrs attrs
		want  string
	}{
		{attrs{"kernel_shape": []int64{}}, "kernel_shape is missing"},
		{attrs{"kernel_shape": []int64{2, 2}}, "kernel_shape has 2 elements"},
		{attrs{"kernel_shape": []int64{0}}, "kernel_shape has 0"},
		{attrs{"kernel_shape": []int64{6}}, "does not fit into 5"},
		{attrs{"kernel_shape": []int64{6}, "ceil_mode": int64(1)}, "does not fit into 5"},
		{attrs{"kernel_shape": []int64{1 << 23}, "auto_pad": "SAME_UPPER"}, "exceeds the limit"},
		{attrs{"kernel_shape": []int64{1 << 40}}, "exceeds the limit"},
		{attrs{"kernel_shape": []int64{1 << 22}, "dilations": []int64{1 << 20}, "auto_pad": "SAME_UPPER"}, "exceeds the limit"},
		{attrs{"kernel_shape": []int64{2}, "strides": []int64{0}}, "strides has 0"},
		{attrs{"kernel_shape": []int64{2}, "pads": []int64{-1, 0}}, "pads has -1"},
		{attrs{"kernel_shape": []int64{2}, "pads": []int64{1}}, "pads has 1 elements"},
		{attrs{"kernel_shape": []int64{2}, "auto_pad": "SAME"}, `"SAME"`},
	} {
		c := call{op: "AveragePool", opset: 19, attrs: tt.attrs, in: []*tensor.Tensor{image(1, 1, 5)}, outs: 1}
		if _, err := c.try(t); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: error = %v; want one with %q", tt.attrs, err, tt.want)
		}
	}
	c := call{op: "AveragePool", opset: 19, attrs: attrs{"kernel_shape": []int64{2}}, in: []*tensor.Tensor{image(1, 5)}, outs: 1}
	if _, err := c.try(t); err == nil {
		t.Error("an image without spatial dimensions gave no error")
	}
}

func TestConvTranspose(t *testing.T) {
	for _, tt := range []struct {
		name  string
		attrs attrs
		want  []float64
	}{
		// Of 1, 2, 3 and a kernel of 1, 10, 100, by hand.
		{"full", nil, []float64{1, 12, 123, 230, 300}},
		{"strides", attrs{"strides": []int64{2}}, []float64{1, 10, 102, 20, 203, 30, 300}},
		{"dilations", attrs{"dilations": []int64{2}}, []float64{1, 2, 13, 20, 130, 200, 300}},
		{"pads", attrs{"pads": []int64{1, 2}}, []float64{12, 123}},
		{"output padding", attrs{"strides": []int64{2}, "output_padding": []int64{1}}, []float64{1, 10, 102, 20, 203, 30, 300, 0}},
		{"upper", attrs{"auto_pad": "SAME_UPPER", "strides": []int64{2}}, []float64{1, 10, 102, 20, 203, 30}},
		{"lower", attrs{"auto_pad": "SAME_LOWER", "strides": []int64{2}}, []float64{10, 102, 20, 203, 30, 300}},
		{"a length", attrs{"output_shape": []int64{4}}, []float64{12, 123, 230, 300}},
		{"a length, upper", attrs{"output_shape": []int64{4}, "auto_pad": "SAME_UPPER"}, []float64{1, 12, 123, 230}},
		{"a length beyond the result", attrs{"output_shape": []int64{7}}, []float64{1, 12, 123, 230, 300, 0, 0}},
		{"nothing is left", attrs{"pads": []int64{3, 2}}, []float64{}},
	} {
		c := call{op: "ConvTranspose", opset: 11, attrs: tt.attrs, outs: 1, in: []*tensor.Tensor{
			f32([]float64{1, 2, 3}, 1, 1, 3), f32([]float64{1, 10, 100}, 1, 1, 3),
		}}
		wantNumbers(t, tt.name, c.run(t)[0], tt.want, 0)
		for i := range tt.want {
			tt.want[i] += 0.5
		}
		c.in = append(c.in, f32([]float64{0.5}, 1))
		wantNumbers(t, tt.name+" with bias", c.run(t)[0], tt.want, 0)
		wantNoAllocs(t, c)
	}
}

// TestConvTransposeRandom compares nodes in one to three dimensions with the definition: each element of the input
// adds a multiple of the kernel.
func TestConvTransposeRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	some := func(rank, least, most int) []int64 {
		out := make([]int64, rank)
		for i := range out {
			out[i] = int64(least + r.IntN(most-least+1))
		}
		return out
	}
	for range 60 {
		rank, group, batch := 1+r.IntN(3), 1+r.IntN(3), 1+r.IntN(2)
		inC, outC := group*(1+r.IntN(3)), 1+r.IntN(4)
		in, kernel, stride := some(rank, 1, 6), some(rank, 1, 3), some(rank, 1, 3)
		dilation, pad, extra := some(rank, 1, 2), some(2*rank, 0, 1), some(rank, 0, 0)
		out, size := make([]int64, rank), 1
		for d := range rank {
			extra[d] = r.Int64N(stride[d])
			out[d] = stride[d]*(in[d]-1) + extra[d] + (kernel[d]-1)*dilation[d] + 1 - pad[d] - pad[rank+d]
			size *= int(max(out[d], 0))
		}
		if slices.Min(out) < 0 {
			continue
		}
		numbers := func(dims ...int64) (*tensor.Tensor, []float64, int) {
			shape, n := make([]int, len(dims)), 1
			for i, d := range dims {
				shape[i] = int(d)
				n *= int(d)
			}
			v := make([]float64, n)
			for i := range v {
				v[i] = float64(r.IntN(9) - 4)
			}
			return floatsAs[float64](v, shape...), v, n
		}
		x, xs, _ := numbers(append([]int64{int64(batch), int64(inC)}, in...)...)
		w, ws, _ := numbers(append([]int64{int64(inC), int64(outC)}, kernel...)...)
		_, _, inSize := numbers(in...)
		_, _, taps := numbers(kernel...)
		want := make([]float64, batch*group*outC*size)
		for n := range batch {
			for c := range inC {
				for m := range outC {
					for i := range inSize {
						for k := range taps {
							at, ri, rk, inside := 0, i, k, true
							scale := 1
							for d := rank - 1; d >= 0; d-- {
								o := ri%int(in[d])*int(stride[d]) + rk%int(kernel[d])*int(dilation[d]) - int(pad[d])
								inside = inside && o >= 0 && o < int(out[d])
								at += o * scale
								scale *= int(out[d])
								ri, rk = ri/int(in[d]), rk/int(kernel[d])
							}
							if inside {
								g := c / (inC / group)
								want[((n*group+g)*outC+m)*size+at] += xs[(n*inC+c)*inSize+i] * ws[(c*outC+m)*taps+k]
							}
						}
					}
				}
			}
		}
		c := call{op: "ConvTranspose", opset: 1, outs: 1, in: []*tensor.Tensor{x, w}, attrs: attrs{
			"group": int64(group), "strides": stride, "dilations": dilation, "pads": pad, "output_padding": extra, "kernel_shape": kernel,
		}}
		wantNumbers(t, fmt.Sprint(c.attrs), c.run(t)[0], want, 0)
	}
}
