package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// inOrderOf returns x with its dimensions in the order of axes.
func inOrderOf(x *tensor.Tensor, axes []int) *tensor.Tensor {
	dims := make([]int, len(axes))
	for i, a := range axes {
		dims[i] = x.Shape[a]
	}
	out := tensor.New(x.DType, dims)
	own := tensor.View[float32](x)
	for i := range tensor.View[float32](out) {
		rest := i
		at := make([]int, len(axes))
		for d := len(axes) - 1; d >= 0; d-- {
			at[axes[d]] = rest % dims[d]
			rest /= dims[d]
		}
		from := 0
		for d, n := range x.Shape {
			from = from*n + at[d]
		}
		tensor.View[float32](out)[i] = own[from]
	}
	return out
}

// TestFusedMatMul holds products of transposed factors against those of MatMul for factors that are transposed first.
func TestFusedMatMul(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	const m, k, n = 5, 6, 20
	for flags := range 16 {
		transA, transB, batchA, batchB := flags&1, flags>>1&1, flags>>2&1, flags>>3&1
		for _, stack := range [][2][]int{{{}, {}}, {{2}, {2}}, {{2, 3}, {2, 3}}, {{2, 3}, {}}, {{}, {3}}, {{2, 1}, {1, 3}}} {
			if (batchA|batchB) == 1 && (len(stack[0]) == 0 || len(stack[0]) != len(stack[1])) {
				continue
			}
			factor := func(stack []int, rows, cols, trans, batch int) (given, plain *tensor.Tensor) {
				plain = smallInts(r, dtype.Float32, append(slices.Clone(stack), rows, cols)...)
				rank := len(stack) + 2
				axes := make([]int, rank)
				for i := range axes {
					axes[i] = i
				}
				if trans == 1 {
					axes[rank-1], axes[rank-2] = axes[rank-2], axes[rank-1]
				}
				if batch == 1 { // the last but one goes to the front
					last := axes[rank-2]
					copy(axes[1:rank-1], axes[:rank-2])
					axes[0] = last
				}
				return inOrderOf(plain, axes), plain
			}
			a, plainA := factor(stack[0], m, k, transA, batchA)
			b, plainB := factor(stack[1], k, n, transB, batchB)
			want := call{op: "MatMul", opset: 13, in: []*tensor.Tensor{plainA, plainB}, outs: 1}.run(t)[0]
			for i := range tensor.View[float32](want) {
				tensor.View[float32](want)[i] *= 0.5
			}
			c := call{domain: microsoft, op: "FusedMatMul", opset: 1, attrs: attrs{
				"alpha": float32(0.5), "transA": int64(transA), "transB": int64(transB), "transBatchA": int64(batchA), "transBatchB": int64(batchB),
			}, in: []*tensor.Tensor{a, b}, outs: 1}
			got := c.run(t)[0]
			if diff := cmp.Diff(want.Shape, got.Shape); diff != "" {
				t.Fatalf("%v of %v: shape (-want +got)\n%s", c.attrs, stack, diff)
			}
			wantNumbers(t, fmt.Sprint(c.attrs, stack), got, numbers(want), 0)
			wantNoAllocs(t, c)
		}
	}
	vector := smallInts(r, dtype.Float32, 4)
	got := call{domain: microsoft, op: "FusedMatMul", opset: 1, attrs: attrs{"transA": int64(1), "transB": int64(1)}, in: []*tensor.Tensor{vector, vector}, outs: 1}.run(t)[0]
	if len(got.Shape) != 0 {
		t.Errorf("two vectors make %v; want a scalar", got.Shape)
	}
	refused(t, "stacks of different rank", call{
		domain: microsoft, op: "FusedMatMul", opset: 1, attrs: attrs{"transBatchA": int64(1)},
		in: []*tensor.Tensor{tensor.New(dtype.Float32, []int{2, 3, 4}), tensor.New(dtype.Float32, []int{4, 5})},
	})
}

func TestFusedConv(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	x, w, b := smallInts(r, dtype.Float32, 2, 4, 9, 70), smallInts(r, dtype.Float32, 6, 2, 3, 3), smallInts(r, dtype.Float32, 6)
	z := smallInts(r, dtype.Float32, 2, 6, 9, 70)
	conv := attrs{"group": int64(2), "pads": []int64{1, 1, 1, 1}}
	plain := numbers(call{op: "Conv", opset: 11, attrs: conv, in: []*tensor.Tensor{x, w, b}, outs: 1}.run(t)[0])
	for _, tt := range []struct {
		name   string
		params []float32
		f      func(v float64) float64
	}{
		{"", nil, func(v float64) float64 { return v }},
		{"Relu", nil, func(v float64) float64 { return max(v, 0) }},
		{"LeakyRelu", []float32{0.25}, func(v float64) float64 { return max(v, v/4) }},
		{"Sigmoid", nil, func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }},
		{"Tanh", nil, math.Tanh},
		{"Clip", []float32{-2, 3}, func(v float64) float64 { return min(max(v, -2), 3) }},
		{"HardSigmoid", []float32{0.25, 0.75}, func(v float64) float64 { return min(max(v/4+0.75, 0), 1) }},
	} {
		for _, add := range []bool{false, true} {
			a := attrs{"group": int64(2), "pads": []int64{1, 1, 1, 1}, "activation": tt.name}
			if tt.params != nil {
				a["activation_params"] = tt.params
			}
			in := []*tensor.Tensor{x, w, b}
			want := slices.Clone(plain)
			if add {
				in = append(in, z)
				for i, v := range numbers(z) {
					want[i] += v
				}
			}
			for i, v := range want {
				want[i] = tt.f(v)
			}
			c := call{domain: microsoft, op: "FusedConv", opset: 1, attrs: a, in: in, outs: 1}
			wantNumbers(t, tt.name, c.run(t)[0], want, 1e-6)
			wantNoAllocs(t, c)
		}
	}
	for name, c := range map[string]call{
		"Z of another shape":          {in: []*tensor.Tensor{x, w, b, x}, attrs: conv},
		"an activation of no name":    {in: []*tensor.Tensor{x, w}, attrs: attrs{"group": int64(2), "activation": "Nothing"}},
		"Clip without bounds":         {in: []*tensor.Tensor{x, w}, attrs: attrs{"group": int64(2), "activation": "Clip"}},
		"channels that do not fit it": {in: []*tensor.Tensor{x, w}},
	} {
		c.domain, c.op, c.opset = microsoft, "FusedConv", 1
		refused(t, name, c)
	}
}

func TestSkipLayerNormalization(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 20))
	const batch, rows, width = 2, 3, 8
	x := smallInts(r, dtype.Float32, batch, rows, width)
	gamma, beta, bias := smallInts(r, dtype.Float32, width), smallInts(r, dtype.Float32, width), smallInts(r, dtype.Float32, width)
	for _, skipDims := range [][]int{{batch, rows, width}, {1, rows, width}, {rows, width}} {
		skip := smallInts(r, dtype.Float32, skipDims...)
		for _, optional := range []bool{false, true} {
			in := []*tensor.Tensor{x, skip, gamma}
			if optional {
				in = append(in, beta, bias)
			}
			c := call{domain: microsoft, op: "SkipLayerNormalization", opset: 1, attrs: attrs{"epsilon": float32(1e-5)}, in: in, outs: 4}
			out := c.run(t)
			sums, want := make([]float64, x.Len()), make([]float64, x.Len())
			var means, deviations []float64
			for i := range sums {
				sums[i] = numbers(x)[i] + numbers(skip)[i%skip.Len()]
				if optional {
					sums[i] += numbers(bias)[i%width]
				}
			}
			for at := 0; at < len(sums); at += width {
				mean, variance := 0.0, 0.0
				for _, v := range sums[at:][:width] {
					mean += v / width
				}
				for _, v := range sums[at:][:width] {
					variance += (v - mean) * (v - mean) / width
				}
				by := 1 / math.Sqrt(variance+1e-5)
				means, deviations = append(means, mean), append(deviations, by)
				for i, v := range sums[at:][:width] {
					want[at+i] = (v - mean) * by * numbers(gamma)[i]
					if optional {
						want[at+i] += numbers(beta)[i]
					}
				}
			}
			for i, w := range [][]float64{want, means, deviations, sums} {
				wantNumbers(t, fmt.Sprintf("output %d", i), out[i], w, 1e-5)
			}
			if diff := cmp.Diff([]int{batch, rows, 1}, out[1].Shape); diff != "" {
				t.Errorf("means (-want +got)\n%s", diff)
			}
			wantNoAllocs(t, c)
		}
	}
	half := asType(dtype.F16, []float64{1, 3, 2, 2}, 2, 2)
	out := call{domain: microsoft, op: "SkipLayerNormalization", opset: 1, in: []*tensor.Tensor{half, half, asType(dtype.F16, []float64{1, 2}, 2)}, outs: 4}.run(t)
	if diff := cmp.Diff([]float64{-1, 2, 0, 0}, codesOf(out[0])); diff != "" {
		t.Errorf("half floats (-want +got)\n%s", diff)
	}
	if out[1].DType != dtype.Float32 || out[3].DType != dtype.F16 {
		t.Errorf("means are %v and sums %v; want float32 and float16", out[1].DType, out[3].DType)
	}
	refused(t, "a skip that does not fit", call{domain: microsoft, op: "SkipLayerNormalization", opset: 1, in: []*tensor.Tensor{x, gamma, f32(make([]float64, 7), 7)}})
	refused(t, "a skip that is larger", call{
		domain: microsoft, op: "SkipLayerNormalization", opset: 1,
		in: []*tensor.Tensor{f32(make([]float64, 8), 1, 8), f32(make([]float64, 16), 2, 8), gamma},
	})
}

func TestCDist(t *testing.T) {
	a, b := f32([]float64{0, 0, 0, 0, 0, 1, 2, 3, 4, 5}, 2, 5), f32([]float64{1, 1, 1, 1, 1, 1, 2, 3, 4, 8, 0, 0, 0, 0, 3}, 3, 5)
	for metric, want := range map[string][]float64{
		"sqeuclidean": {5, 94, 9, 30, 9, 34},
		"euclidean":   {math.Sqrt(5), math.Sqrt(94), 3, math.Sqrt(30), 3, math.Sqrt(34)},
	} {
		c := call{domain: microsoft, op: "CDist", opset: 1, attrs: attrs{"metric": metric}, in: []*tensor.Tensor{a, b}, outs: 1}
		wantNumbers(t, metric, c.run(t)[0], want, 1e-6)
		wantNoAllocs(t, c)
	}
	refused(t, "a metric that is not known", call{domain: microsoft, op: "CDist", opset: 1, attrs: attrs{"metric": "cityblock"}, in: []*tensor.Tensor{a, b}})
	refused(t, "rows of other lengths", call{domain: microsoft, op: "CDist", opset: 1, in: []*tensor.Tensor{a, f32([]float64{1, 2}, 1, 2)}})
	refused(t, "no matrix", call{domain: microsoft, op: "CDist", opset: 1, in: []*tensor.Tensor{a, f32([]float64{1, 2, 3, 4, 5}, 5)}})
}

func TestMSGelu(t *testing.T) {
	x := []float64{-3, -1, 0, 0.5, 2}
	want := make([]float64, len(x))
	for i, v := range x {
		want[i] = v * (1 + math.Erf(v/math.Sqrt2)) / 2
	}
	got := call{domain: microsoft, op: "Gelu", opset: 1, in: []*tensor.Tensor{f32(x, 5)}, outs: 1}.run(t)[0]
	wantNumbers(t, "Gelu", got, want, 1e-6)
}
