package ops

import (
	"math"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// The cases below are computed by hand, or follow from the formula, for operators of which ONNX has no test data, or
// none for a version or type. Those of ai.onnx.ml follow scikit-learn's classes of the same names.

func floats(v ...float32) []float32 { return v }

func tensorOf[T dtype.Element](v []T, shape ...int) *tensor.Tensor { return tensor.Of(v, shape...) }

func words(v ...string) *tensor.Tensor {
	return &tensor.Tensor{DType: dtype.String, Shape: []int{len(v)}, Strings: v}
}

func TestGolden(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, g := range []struct {
		name string
		call call
		want []*tensor.Tensor
	}{
		{
			"scaler by feature",
			call{domain: "ai.onnx.ml", op: "Scaler", opset: 1, attrs: attrs{"offset": floats(1, 10), "scale": floats(2, 0.5)}, in: []*tensor.Tensor{tensorOf(floats(1, 10, 3, 14), 2, 2)}},
			[]*tensor.Tensor{tensorOf(floats(0, 0, 4, 2), 2, 2)},
		},
		{
			"scaler of integers, one offset for all",
			call{domain: "ai.onnx.ml", op: "Scaler", opset: 1, attrs: attrs{"offset": floats(1), "scale": floats(0.5)}, in: []*tensor.Tensor{tensorOf([]int64{1, 3, -1}, 1, 3)}},
			[]*tensor.Tensor{tensorOf(floats(0, 1, -1), 1, 3)},
		},
		{
			"imputer of NaN",
			call{domain: "ai.onnx.ml", op: "Imputer", opset: 1, attrs: attrs{"imputed_value_floats": floats(7, 8), "replaced_value_float": nan}, in: []*tensor.Tensor{tensorOf(floats(nan, 1, 2, nan), 2, 2)}},
			[]*tensor.Tensor{tensorOf(floats(7, 1, 2, 8), 2, 2)},
		},
		{
			"imputer of an integer",
			call{domain: "ai.onnx.ml", op: "Imputer", opset: 1, attrs: attrs{"imputed_value_int64s": []int64{5}, "replaced_value_int64": int64(-1)}, in: []*tensor.Tensor{tensorOf([]int64{-1, 1, -1}, 1, 3)}},
			[]*tensor.Tensor{tensorOf([]int64{5, 1, 5}, 1, 3)},
		},
		{
			"normalizer MAX",
			call{domain: "ai.onnx.ml", op: "Normalizer", opset: 1, in: []*tensor.Tensor{tensorOf(floats(1, -4, 0, 0), 2, 2)}},
			[]*tensor.Tensor{tensorOf(floats(1, -4, 0, 0), 2, 2)},
		},
		{
			"normalizer L1",
			call{domain: "ai.onnx.ml", op: "Normalizer", opset: 1, attrs: attrs{"norm": "L1"}, in: []*tensor.Tensor{tensorOf(floats(1, -3), 1, 2)}},
			[]*tensor.Tensor{tensorOf(floats(0.25, -0.75), 1, 2)},
		},
		{
			"normalizer L2",
			call{domain: "ai.onnx.ml", op: "Normalizer", opset: 1, attrs: attrs{"norm": "L2"}, in: []*tensor.Tensor{tensorOf([]int64{3, -4}, 1, 2)}},
			[]*tensor.Tensor{tensorOf(floats(0.6, -0.8), 1, 2)},
		},
		{
			"linear regressor of two targets",
			call{domain: "ai.onnx.ml", op: "LinearRegressor", opset: 1, attrs: attrs{"coefficients": floats(1, 2, -1, 0), "intercepts": floats(0.5, 1), "targets": int64(2)}, in: []*tensor.Tensor{tensorOf(floats(1, 1, 2, 3), 2, 2)}},
			[]*tensor.Tensor{tensorOf(floats(3.5, 0, 8.5, -1), 2, 2)},
		},
		{
			"linear regressor with a logistic transform",
			call{domain: "ai.onnx.ml", op: "LinearRegressor", opset: 1, attrs: attrs{"coefficients": floats(1), "post_transform": "LOGISTIC"}, in: []*tensor.Tensor{tensorOf(floats(0), 1, 1)}},
			[]*tensor.Tensor{tensorOf(floats(0.5), 1, 1)},
		},
		{
			"linear classifier",
			call{domain: "ai.onnx.ml", op: "LinearClassifier", opset: 1, outs: 2, attrs: attrs{"coefficients": floats(1, -1), "intercepts": floats(0, 1), "classlabels_strings": []string{"on", "off"}}, in: []*tensor.Tensor{tensorOf(floats(2, 0), 2, 1)}},
			[]*tensor.Tensor{words("on", "off"), tensorOf(floats(2, -1, 0, 1), 2, 2)},
		},
		{
			"label encoder of words to places",
			call{domain: "ai.onnx.ml", op: "LabelEncoder", opset: 1, attrs: attrs{"classes_strings": []string{"a", "b"}}, in: []*tensor.Tensor{words("b", "z", "a")}},
			[]*tensor.Tensor{tensorOf([]int64{1, -1, 0}, 3)},
		},
		{
			"label encoder of places to words",
			call{domain: "ai.onnx.ml", op: "LabelEncoder", opset: 1, attrs: attrs{"classes_strings": []string{"a", "b"}, "default_string": "?"}, in: []*tensor.Tensor{tensorOf([]int64{1, 2}, 2)}},
			[]*tensor.Tensor{words("b", "?")},
		},
		{
			"label encoder of floats with NaN to integers",
			call{domain: "ai.onnx.ml", op: "LabelEncoder", opset: 2, attrs: attrs{"keys_floats": floats(1, nan), "values_int64s": []int64{10, 20}, "default_int64": int64(30)}, in: []*tensor.Tensor{tensorOf(floats(nan, 1, 2), 3)}},
			[]*tensor.Tensor{tensorOf([]int64{20, 10, 30}, 3)},
		},
		{
			"cast of words to numbers",
			call{op: "Cast", opset: 13, attrs: attrs{"to": int64(dtype.Float32)}, in: []*tensor.Tensor{words("1.5", " -2e3", "INF", "nan")}},
			[]*tensor.Tensor{tensorOf(floats(1.5, -2000, inf, nan), 4)},
		},
		{
			"cast of numbers to words",
			call{op: "Cast", opset: 13, attrs: attrs{"to": int64(dtype.String)}, in: []*tensor.Tensor{tensorOf(floats(1.5, 3, -inf, nan), 4)}},
			[]*tensor.Tensor{words("1.5", "3.0", "-INF", "NaN")},
		},
		{
			"cast of integers to words",
			call{op: "Cast", opset: 13, attrs: attrs{"to": int64(dtype.String)}, in: []*tensor.Tensor{tensorOf([]int64{-7}, 1)}},
			[]*tensor.Tensor{words("-7")},
		},
		{
			"cast of floats to bools",
			call{op: "Cast", opset: 13, attrs: attrs{"to": int64(dtype.Bool)}, in: []*tensor.Tensor{tensorOf(floats(0, -0.5, nan), 3)}},
			[]*tensor.Tensor{tensorOf([]bool{false, true, true}, 3)},
		},
		{
			"cast of bools to integers",
			call{op: "Cast", opset: 13, attrs: attrs{"to": int64(dtype.Int32)}, in: []*tensor.Tensor{tensorOf([]bool{true, false}, 2)}},
			[]*tensor.Tensor{tensorOf([]int32{1, 0}, 2)},
		},
		{
			"cast of wide integers keeps their low bits",
			call{op: "Cast", opset: 13, attrs: attrs{"to": int64(dtype.Uint8)}, in: []*tensor.Tensor{tensorOf([]int64{1<<60 + 3, -1, 256}, 3)}},
			[]*tensor.Tensor{tensorOf([]uint8{3, 255, 0}, 3)},
		},
		{
			"celu",
			call{op: "Celu", opset: 12, attrs: attrs{"alpha": float32(2)}, in: []*tensor.Tensor{tensorOf(floats(3, -2), 2)}},
			[]*tensor.Tensor{tensorOf(floats(3, float32(2*math.Expm1(-1))), 2)},
		},
		{
			"the add of old broadcasts from an axis",
			call{op: "Add", opset: 6, attrs: attrs{"broadcast": int64(1), "axis": int64(1)}, in: []*tensor.Tensor{tensorOf(floats(1, 2, 3, 4, 5, 6, 7, 8), 2, 2, 2), tensorOf(floats(10, 20), 2)}},
			[]*tensor.Tensor{tensorOf(floats(11, 12, 23, 24, 15, 16, 27, 28), 2, 2, 2)},
		},
		{
			"the slope of old goes by channel",
			call{op: "PRelu", opset: 6, in: []*tensor.Tensor{tensorOf(floats(-1, -1, -1, -1), 1, 2, 2), tensorOf(floats(2, 3), 2)}},
			[]*tensor.Tensor{tensorOf(floats(-2, -2, -3, -3), 1, 2, 2)},
		},
		{
			"integers divide towards zero, and by zero give zero",
			call{op: "Div", opset: 14, in: []*tensor.Tensor{tensorOf([]int32{7, -7, 7}, 3), tensorOf([]int32{2, 2, 0}, 3)}},
			[]*tensor.Tensor{tensorOf([]int32{3, -3, 0}, 3)},
		},
		{
			"the least integer divided by -1 wraps around",
			call{op: "Div", opset: 14, in: []*tensor.Tensor{tensorOf([]int64{math.MinInt64}, 1), tensorOf([]int64{-1}, 1)}},
			[]*tensor.Tensor{tensorOf([]int64{math.MinInt64}, 1)},
		},
		{
			"bytes add up to less than 256",
			call{op: "Add", opset: 14, in: []*tensor.Tensor{tensorOf([]uint8{250, 1}, 2), tensorOf([]uint8{10}, 1)}},
			[]*tensor.Tensor{tensorOf([]uint8{4, 11}, 2)},
		},
		{
			"powers of integers, negative ones too",
			call{op: "Pow", opset: 15, in: []*tensor.Tensor{tensorOf([]int64{3, 2, -1, 1}, 4), tensorOf([]int64{4, -1, -3, -9}, 4)}},
			[]*tensor.Tensor{tensorOf([]int64{81, 0, -1, 1}, 4)},
		},
		{
			"a split into pieces of which the last is shorter",
			call{op: "Split", opset: 18, outs: 2, attrs: attrs{"num_outputs": int64(2)}, in: []*tensor.Tensor{tensorOf([]int64{1, 2, 3}, 3)}},
			[]*tensor.Tensor{tensorOf([]int64{1, 2}, 2), tensorOf([]int64{3}, 1)},
		},
		{
			"the mean of nothing",
			call{op: "ReduceMean", opset: 13, attrs: attrs{"axes": []int64{0}}, in: []*tensor.Tensor{tensorOf(floats(), 0, 2)}},
			[]*tensor.Tensor{tensorOf(floats(nan, nan), 1, 2)},
		},
		{
			"the clip of old, with bounds that are attributes",
			call{op: "Clip", opset: 6, attrs: attrs{"min": float32(-1), "max": float32(2)}, in: []*tensor.Tensor{tensorOf(floats(-5, 1, 7), 3)}},
			[]*tensor.Tensor{tensorOf(floats(-1, 1, 2), 3)},
		},
	} {
		t.Run(g.name, func(t *testing.T) {
			g.call.outs = max(g.call.outs, 1)
			got := g.call.run(t)
			for i, want := range g.want {
				if !sameTensor(got[i], want) {
					t.Errorf("output %d is %v%v %v %q; want %v%v %v %q", i, got[i].DType, got[i].Shape, got[i].Data, got[i].Strings,
						want.DType, want.Shape, want.Data, want.Strings)
				}
			}
		})
	}
}

// sameTensor reports whether a and b are the same, floats up to the last digit, NaN equal to NaN.
func sameTensor(a, b *tensor.Tensor) bool {
	if a.DType != b.DType || !slices.Equal(a.Shape, b.Shape) {
		return false
	}
	if a.DType == dtype.Float32 {
		return slices.EqualFunc(tensor.View[float32](a), tensor.View[float32](b), func(x, y float32) bool {
			return x == y || x != x && y != y || math.Abs(float64(x-y)) < 1e-6
		})
	}
	return slices.Equal(a.Data, b.Data) && slices.Equal(a.Strings, b.Strings)
}
