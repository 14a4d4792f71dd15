package ops

import (
	"math"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// TestHalves checks that halves are rounded once: what lies between is computed with more digits.
func TestHalves(t *testing.T) {
	for _, d := range []dtype.DType{dtype.F16, dtype.BF16} {
		of := func(v ...float64) *tensor.Tensor { return tensorAs(d, v, len(v)) }
		for _, c := range []struct {
			call call
			want []float64
		}{
			{call{op: "Add", opset: 14, in: []*tensor.Tensor{of(1, 65504), of(0x1p-12, 1)}}, []float64{1, valuesOf(of(65505))[0]}},
			{call{op: "CumSum", opset: 14, in: []*tensor.Tensor{of(256, 0.5, 0.5), integersOf(0)}}, []float64{256, valuesOf(of(256.5))[0], 257}},
			{call{op: "GlobalAveragePool", opset: 22, in: []*tensor.Tensor{shaped(of(256, 0.5, 0.5, 1), 1, 1, 4)}}, []float64{64.5}},
			{call{op: "Equal", opset: 13, in: []*tensor.Tensor{of(1, math.NaN(), 0), of(1, math.NaN(), math.Copysign(0, -1))}}, []float64{1, 0, 1}},
			{call{op: "IsInf", opset: 20, attrs: attrs{"detect_negative": int64(0)}, in: []*tensor.Tensor{of(math.Inf(1), math.Inf(-1), 1)}}, []float64{1, 0, 0}},
			{call{op: "ArgMax", opset: 13, in: []*tensor.Tensor{of(1, 2, 2)}, attrs: attrs{"select_last_index": int64(1)}}, []float64{2}},
			{call{op: "Clip", opset: 13, in: []*tensor.Tensor{of(-1, 2, 5), shaped(of(0)), shaped(of(3))}}, []float64{0, 2, 3}},
			{call{op: "MatMul", opset: 13, in: []*tensor.Tensor{of(256, 0.5, 0.5), shaped(of(1, 1, 1), 3, 1)}}, []float64{257}},
			{call{op: "MaxPool", opset: 22, in: []*tensor.Tensor{shaped(of(-1, -2, -3), 1, 1, 3)}, attrs: attrs{"kernel_shape": []int64{2}, "pads": []int64{1, 0}}}, []float64{-1, -1, -2}},
			{call{op: "Mod", opset: 13, in: []*tensor.Tensor{of(5, -5, 0.5), of(3, 3, -3)}, attrs: attrs{"fmod": int64(1)}}, []float64{2, -2, 0.5}},
			{call{op: "Pow", opset: 15, in: []*tensor.Tensor{of(3, -2, 4), f32([]float64{2, 3, 0.5}, 3)}}, []float64{9, -8, 2}},
			{call{op: "Pow", opset: 15, in: []*tensor.Tensor{of(3, -2), shaped(integersOf(2))}}, []float64{9, 4}},
			{call{op: "Round", opset: 22, in: []*tensor.Tensor{of(0.5, 1.5, 2.5, -0.5)}}, []float64{0, 2, 2, 0}},
			{call{op: "Softmax", opset: 13, in: []*tensor.Tensor{of(60000, 60000)}}, []float64{0.5, 0.5}},
			{call{op: "RNN", opset: 22, in: []*tensor.Tensor{
				shaped(of(1), 1, 1, 1), shaped(of(0.5), 1, 1, 1), shaped(of(1), 1, 1, 1), nil, nil, shaped(of(0.5), 1, 1, 1),
			}}, []float64{valuesOf(of(math.Tanh(1)))[0]}},
			{call{op: "LeakyRelu", opset: 16, in: []*tensor.Tensor{of(-1, 2)}, attrs: attrs{"alpha": float32(0.5)}}, []float64{-0.5, 2}},
		} {
			c.call.outs = 1
			got := valuesOf(c.call.run(t)[0])
			if d == dtype.BF16 { // 256.5 and 257 are not among them
				c.want = slices.Clone(c.want)
				for i, v := range c.want {
					c.want[i] = valuesOf(of(v))[0]
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s of %v = %v; want %v", c.call.op, d, got, c.want)
			}
			wantNoAllocs(t, c.call)
		}
	}
}

// TestMixedHalves has halves beside wider floats in one node.
func TestMixedHalves(t *testing.T) {
	for _, x := range []dtype.DType{dtype.F16, dtype.Float32, dtype.Float64} {
		for _, p := range []dtype.DType{dtype.BF16, dtype.Float32, dtype.Float64} {
			one := func(v float64) *tensor.Tensor { return tensorAs(p, []float64{v}, 1) }
			node := call{op: "BatchNormalization", opset: 15, attrs: attrs{"epsilon": float32(0), "training_mode": int64(1), "momentum": float32(0.5)}, outs: 3, in: []*tensor.Tensor{
				tensorAs(x, []float64{1, 3, 1, 3}, 4, 1), one(2), one(1), one(4), one(3),
			}}
			for i, want := range [][]float64{{-1, 3, -1, 3}, {3}, {2}} {
				if got := node.run(t)[i]; !slices.Equal(valuesOf(got), want) || i > 0 && got.DType != p {
					t.Errorf("BatchNormalization of %v by %v: output %d = %v %v; want %v", x, p, i, got.DType, valuesOf(got), want)
				}
			}
		}
		for _, stash := range []dtype.DType{dtype.Float32, dtype.BF16} {
			node := call{op: "LayerNormalization", opset: 17, attrs: attrs{"epsilon": float32(0), "stash_type": int64(stash)}, outs: 3, in: []*tensor.Tensor{
				tensorAs(x, []float64{1, 3, 2, 6}, 2, 2), tensorAs(x, []float64{1, 2}, 2),
			}}
			for i, want := range [][]float64{{-1, 2, -1, 2}, {2, 4}, {1, 0.5}} {
				if got := node.run(t)[i]; !slices.Equal(valuesOf(got), want) || i > 0 && got.DType != stash {
					t.Errorf("LayerNormalization of %v with statistics in %v: output %d = %v %v; want %v", x, stash, i, got.DType, valuesOf(got), want)
				}
			}
			wantNoAllocs(t, node)
		}
	}
	node := call{op: "LayerNormalization", opset: 17, attrs: attrs{"stash_type": int64(dtype.F16)}, outs: 1, in: []*tensor.Tensor{f32([]float64{1, 2}, 2), f32([]float64{1, 2}, 2)}}
	if _, err := node.try(t); err == nil {
		t.Error("LayerNormalization keeps its statistics in float16")
	}
}

// integersOf returns a scalar.
func integersOf(v int64) *tensor.Tensor { return shaped(tensorOf([]int64{v}, 1)) }

// shaped returns the same elements under another shape.
func shaped(t *tensor.Tensor, dims ...int) *tensor.Tensor {
	if dims == nil {
		dims = []int{}
	}
	return &tensor.Tensor{DType: t.DType, Shape: dims, Data: t.Data, Strings: t.Strings}
}

func TestEqualOfWords(t *testing.T) {
	c := call{op: "Equal", opset: 19, outs: 1, in: []*tensor.Tensor{shaped(words("a", "b", "", "d"), 2, 2), words("a", "d")}}
	if got := valuesOf(c.run(t)[0]); !slices.Equal(got, []float64{1, 0, 0, 1}) {
		t.Errorf("Equal = %v", got)
	}
}
