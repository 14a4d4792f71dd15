package ops

import (
	"math"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// The cases below follow the standard's text where it says what is to be, and ONNX Runtime 1.23 where it does not.

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// TestLinearClassifierPair has two classes with a single row of coefficients.
func TestLinearClassifierPair(t *testing.T) {
	x := []float64{1, 2, -3, 0, 0.5, 0}
	scores := []float64{-0.75, -2.75, 0.75} // x0 - x1 + 0.25
	for post, split := range map[string]func(s float64) (first, second float64){
		"NONE":     func(s float64) (float64, float64) { return 1 - s, s },
		"LOGISTIC": func(s float64) (float64, float64) { return sigmoid(-s), sigmoid(s) },
		"SOFTMAX":  func(s float64) (float64, float64) { return sigmoid(-2 * s), sigmoid(2 * s) },
		"SOFTMAX_ZERO": func(s float64) (float64, float64) {
			return sigmoid(-2 * s), sigmoid(2 * s)
		},
		"PROBIT": func(s float64) (float64, float64) {
			p := math.Sqrt2 * math.Erfinv(2*s-1)
			return -p, p
		},
	} {
		var want []float64
		for _, s := range scores {
			first, second := split(s)
			want = append(want, first, second)
		}
		for _, in := range []*tensor.Tensor{f32(x, 3, 2), floatsAs[float64](x, 3, 2)} {
			c := call{domain: ml, op: "LinearClassifier", opset: 1, outs: 2, in: []*tensor.Tensor{in}, attrs: attrs{
				"coefficients": floats(1, -1), "intercepts": floats(0.25), "classlabels_strings": []string{"no", "yes"}, "post_transform": post,
			}}
			out := c.run(t)
			wantStrings(t, post, out[0], []string{"no", "no", "yes"}, 3)
			wantNumbers(t, post, out[1], want, 1e-6)
		}
	}
	c := call{domain: ml, op: "LinearClassifier", opset: 1, outs: 2, in: []*tensor.Tensor{f32(x, 3, 2)}, attrs: attrs{
		"coefficients": floats(1, -1), "classlabels_ints": []int64{7, 9},
	}}
	out := c.run(t)
	wantNumbers(t, "no intercept", out[0], []float64{7, 7, 9}, 0)
	wantNumbers(t, "no intercept", out[1], []float64{2, -1, 4, -3, 0.5, 0.5}, 1e-6)

	c.attrs = attrs{"coefficients": floats(1, -1), "intercepts": floats(0.25), "classlabels_ints": []int64{7}}
	out = c.run(t)
	wantNumbers(t, "one class", out[0], []float64{0, 0, 7}, 0)
	wantNumbers(t, "one class", out[1], scores, 1e-6)
}

// TestLinearClassifierLabels has classes whose order is another one after the transform, or that tie.
func TestLinearClassifierLabels(t *testing.T) {
	c := call{domain: ml, op: "LinearClassifier", opset: 1, outs: 2, attrs: attrs{
		"coefficients": floats(1, 0, 0, 0, 0, 1), "intercepts": floats(0, 0, 0), "classlabels_ints": []int64{1, 2, 3}, "post_transform": "SOFTMAX_ZERO",
	}}
	c.in = []*tensor.Tensor{f32([]float64{-1, -2, 40, 800, 5, 5}, 3, 2)}
	out := c.run(t)
	wantNumbers(t, "labels", out[0], []float64{2, 3, 1}, 0) // a score of zero wins, but has no share
	wantNumbers(t, "shares", out[1], []float64{
		1 / (1 + math.Exp(-1)), 0, math.Exp(-1) / (1 + math.Exp(-1)), 0, 0, 1, 0.5, 0, 0.5,
	}, 1e-6)
	c.attrs["post_transform"] = "LOGISTIC"
	wantNumbers(t, "labels of what is 1 for both", c.run(t)[0], []float64{2, 3, 1}, 0)

	for _, bad := range []attrs{
		{"coefficients": floats(1, 2, 3), "classlabels_ints": []int64{1, 2}},
		{"coefficients": floats(1, 2), "classlabels_ints": []int64{1, 2}, "intercepts": floats(1, 2, 3)},
		{"coefficients": floats(1, 2), "classlabels_ints": []int64{1, 2}, "classlabels_strings": []string{"a", "b"}},
		{"coefficients": floats(1, 2)},
		{"coefficients": floats(1, 2), "classlabels_ints": []int64{1, 2}, "post_transform": "SIGMOID"},
	} {
		c.attrs = bad
		if out, err := c.try(t); err == nil {
			t.Errorf("LinearClassifier of %v is no error, but %v", bad, numbers(out[1]))
		}
	}
}

func TestFeatureVectorizer(t *testing.T) {
	a, b := []float64{1, -4, 2, 6, 7, 5}, []float64{1, 2, 3, 4}
	for _, in := range [][]*tensor.Tensor{
		{f32(a, 2, 3), f32(b, 2, 2)},
		{floatsAs[float64](a, 2, 3), floatsAs[float64](b, 2, 2)},
		{floatsAs[int32](a, 2, 3), floatsAs[int32](b, 2, 2)},
		{floatsAs[int64](a, 2, 3), floatsAs[int64](b, 2, 2)},
	} {
		c := call{domain: ml, op: "FeatureVectorizer", opset: 1, outs: 1, in: in, attrs: attrs{"inputdimensions": []int64{2, 3}}}
		wantTensor(t, "cut and filled up", c.run(t)[0], []int{2, 5}, []float64{1, -4, 1, 2, 0, 6, 7, 3, 4, 0})
		wantNoAllocs(t, c)
		c.attrs = nil
		wantTensor(t, "as they are", c.run(t)[0], []int{2, 5}, []float64{1, -4, 2, 1, 2, 6, 7, 5, 3, 4})
	}
	c := call{domain: ml, op: "FeatureVectorizer", opset: 1, outs: 1, in: []*tensor.Tensor{f32(a, 6), f32(b, 1, 2, 2)}}
	wantTensor(t, "a list and a block", c.run(t)[0], []int{1, 10}, append(slices.Clone(a), b...))
	for name, bad := range map[string]call{
		"rows that differ": {in: []*tensor.Tensor{f32(a, 2, 3), f32(b, 1, 4)}},
		"a scalar":         {in: []*tensor.Tensor{f32([]float64{1})}},
		"too few widths":   {in: []*tensor.Tensor{f32(a, 2, 3), f32(b, 2, 2)}, attrs: attrs{"inputdimensions": []int64{3}}},
		"a negative width": {in: []*tensor.Tensor{f32(a, 2, 3)}, attrs: attrs{"inputdimensions": []int64{-3}}},
		"great widths":     {in: []*tensor.Tensor{f32(a, 2, 3), f32(b, 2, 2)}, attrs: attrs{"inputdimensions": []int64{1<<31 - 1, 1<<31 - 1}}},
	} {
		bad.domain, bad.op, bad.opset, bad.outs = ml, "FeatureVectorizer", 1, 1
		if _, err := bad.try(t); err == nil {
			t.Errorf("FeatureVectorizer of %s is no error", name)
		}
	}
}

func TestOneHotEncoder(t *testing.T) {
	c := call{domain: ml, op: "OneHotEncoder", opset: 1, outs: 1, attrs: attrs{"cats_int64s": []int64{1, 2, -3, 1}}}
	whole := []float64{1, 2, -3, 9}
	want := []float64{0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0}
	for _, in := range []*tensor.Tensor{f32(whole, 2, 2), floatsAs[float64](whole, 2, 2), floatsAs[int32](whole, 2, 2), floatsAs[int64](whole, 2, 2)} {
		c.in = []*tensor.Tensor{in}
		wantTensor(t, "of numbers", c.run(t)[0], []int{2, 2, 4}, want)
		wantNoAllocs(t, c)
	}
	c.in = []*tensor.Tensor{f32([]float64{2.9, -3.5, math.NaN(), math.Inf(1), 1e30}, 5)}
	wantTensor(t, "of floats", c.run(t)[0], []int{5, 4}, []float64{0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	c.attrs["zeros"] = int64(0)
	if _, err := c.try(t); err == nil {
		t.Error("an element of no category is no error")
	}
	c.attrs = attrs{"cats_strings": []string{"a", "b"}}
	c.in = []*tensor.Tensor{words("b", "z", "a")}
	wantTensor(t, "of strings", c.run(t)[0], []int{3, 2}, []float64{0, 1, 0, 0, 1, 0})
	for _, bad := range []attrs{{}, {"cats_int64s": []int64{1}}, {"cats_int64s": []int64{1}, "cats_strings": []string{"a"}}} {
		c.attrs = bad
		if _, err := c.try(t); err == nil {
			t.Errorf("strings of %v are no error", bad)
		}
	}
}

func TestCategoryMapper(t *testing.T) {
	c := call{domain: ml, op: "CategoryMapper", opset: 1, outs: 1, attrs: attrs{
		"cats_int64s": []int64{5, 6, 7}, "cats_strings": []string{"a", "b", "a"},
	}}
	c.in = []*tensor.Tensor{table([]string{"a", "q", "b", ""}, 2, 2)}
	wantTensor(t, "strings", c.run(t)[0], []int{2, 2}, []float64{7, -1, 6, -1})
	c.in = []*tensor.Tensor{tensorOf([]int64{5, 1, 6}, 3)}
	wantStrings(t, "integers", c.run(t)[0], []string{"a", "_Unused", "b"}, 3)
	c.attrs["default_string"] = "?"
	wantStrings(t, "integers", c.run(t)[0], []string{"a", "?", "b"}, 3)
	c.attrs["cats_strings"] = []string{"a"}
	if _, err := c.try(t); err == nil {
		t.Error("3 integers and 1 string are no error")
	}
}

// TestLabelEncoderDefaults has values of each type, of which none has the key asked for.
func TestLabelEncoderDefaults(t *testing.T) {
	minusZero := math.Copysign(0, -1)
	for _, s := range []struct {
		attrs attrs
		opset int
		want  *tensor.Tensor
	}{
		{attrs{"values_floats": floats(1)}, 2, tensorOf(floats(float32(minusZero)), 1)},
		{attrs{"values_int64s": []int64{1}}, 2, tensorOf([]int64{-1}, 1)},
		{attrs{"values_strings": []string{"a"}}, 2, words("_Unused")},
		{attrs{"values_tensor": tensorOf([]int16{1}, 1)}, 4, tensorOf([]int16{-1}, 1)},
		{attrs{"values_tensor": tensorOf([]int16{1}, 1), "default_int64": int64(5)}, 4, tensorOf([]int16{5}, 1)},
		{attrs{"values_tensor": tensorOf([]int32{1}, 1)}, 4, tensorOf([]int32{-1}, 1)},
		{attrs{"values_tensor": tensorOf([]int64{1}, 1), "default_int64": int64(8)}, 4, tensorOf([]int64{8}, 1)},
		{attrs{"values_tensor": tensorOf([]float64{1}, 1)}, 4, tensorOf([]float64{minusZero}, 1)},
		{attrs{"values_tensor": tensorOf(floats(1), 1), "default_float": float32(2)}, 4, tensorOf(floats(2), 1)},
		{attrs{"values_tensor": tensorOf([]float64{1}, 1), "default_tensor": scalar(2.5)}, 4, tensorOf([]float64{2.5}, 1)},
	} {
		s.attrs["keys_int64s"] = []int64{3}
		c := call{domain: ml, op: "LabelEncoder", opset: s.opset, outs: 1, attrs: s.attrs, in: []*tensor.Tensor{tensorOf([]int64{4}, 1)}}
		got := c.run(t)[0]
		if got.DType != s.want.DType || !slices.Equal(got.Data, s.want.Data) || !slices.Equal(got.Strings, s.want.Strings) {
			t.Errorf("LabelEncoder-%d of %v = %v %v %q; want %v %v %q", s.opset, s.attrs, got.DType, got.Data, got.Strings, s.want.DType, s.want.Data, s.want.Strings)
		}
	}
}

// TestLabelEncoderTypes has keys of every type, the last of those given twice taking precedence.
func TestLabelEncoderTypes(t *testing.T) {
	keys := []float64{1, 2, 1}
	for _, list := range []*tensor.Tensor{
		f32(keys, 3), floatsAs[float64](keys, 3), tensorOf([]int16{1, 2, 1}, 3), floatsAs[int32](keys, 3), floatsAs[int64](keys, 3), words("1", "2", "1"),
	} {
		c := call{domain: ml, op: "LabelEncoder", opset: 4, outs: 1, in: []*tensor.Tensor{list}}
		c.attrs = attrs{"keys_tensor": list, "values_strings": []string{"a", "b", "c"}}
		wantStrings(t, list.DType.String(), c.run(t)[0], []string{"c", "b", "c"}, 3)
		if list.DType != dtype.Int64 {
			c.attrs = attrs{"keys_int64s": []int64{1}, "values_strings": []string{"a"}}
			if _, err := c.try(t); err == nil {
				t.Errorf("keys of int64 for %v are no error", list.DType)
			}
		}
	}
}

func TestImputer(t *testing.T) {
	c := call{domain: ml, op: "Imputer", opset: 1, outs: 1, in: []*tensor.Tensor{tensorOf([]int32{-1, 0, 5}, 1, 3)}}
	c.attrs = attrs{"imputed_value_int64s": []int64{9}, "replaced_value_int64": int64(1<<32 - 1)}
	if got := tensor.View[int32](c.run(t)[0]); !slices.Equal(got, []int32{-1, 0, 5}) {
		t.Errorf("Imputer of what no int32 is = %v; want the input", got)
	}
	c.attrs["replaced_value_int64"] = int64(-1)
	if got := tensor.View[int32](c.run(t)[0]); !slices.Equal(got, []int32{9, 0, 5}) {
		t.Errorf("Imputer of int32 = %v; want [9 0 5]", got)
	}
	c.attrs["imputed_value_int64s"] = []int64{1 << 40}
	if _, err := c.try(t); err == nil {
		t.Error("a value that is no int32 is no error")
	}
	c.in = []*tensor.Tensor{floatsAs[float64]([]float64{math.NaN(), 1, math.NaN(), 2}, 2, 2)}
	c.attrs = attrs{"imputed_value_floats": floats(5, 6), "replaced_value_float": float32(math.NaN())}
	wantNumbers(t, "float64", c.run(t)[0], []float64{5, 1, 5, 2}, 0)
}

// TestScalerPrecision subtracts before it rounds: seconds since 1970 have no place in a float32.
func TestScalerPrecision(t *testing.T) {
	for _, x := range []*tensor.Tensor{tensorOf([]float64{1.7e9 + 3, 1}, 1, 2), tensorOf([]int64{1.7e9 + 3, 1}, 1, 2)} {
		c := call{domain: ml, op: "Scaler", opset: 1, outs: 1, in: []*tensor.Tensor{x}, attrs: attrs{"offset": floats(1.7e9, 0), "scale": floats(0.5, 2)}}
		wantNumbers(t, x.DType.String(), c.run(t)[0], []float64{0.5 * (1.7e9 + 3 - float64(float32(1.7e9))), 2}, 1e-6)
	}
}

// TestNormalizerRows has rows for which the formulas differ from norms: MAX divides by the greatest element, not
// magnitude.
func TestNormalizerRows(t *testing.T) {
	x := []float64{1, -4, 2, 0, 0, 0, -1, -2, -4}
	for norm, want := range map[string][]float64{
		"MAX": {0.5, -2, 1, 0, 0, 0, 1, 2, 4},
		"L1":  {1.0 / 7, -4.0 / 7, 2.0 / 7, 0, 0, 0, -1.0 / 7, -2.0 / 7, -4.0 / 7},
		"L2":  {1 / math.Sqrt(21), -4 / math.Sqrt(21), 2 / math.Sqrt(21), 0, 0, 0, -1 / math.Sqrt(21), -2 / math.Sqrt(21), -4 / math.Sqrt(21)},
	} {
		for _, in := range []*tensor.Tensor{f32(x, 3, 3), floatsAs[float64](x, 3, 3), floatsAs[int32](x, 3, 3), floatsAs[int64](x, 3, 3)} {
			c := call{domain: ml, op: "Normalizer", opset: 1, outs: 1, in: []*tensor.Tensor{in}, attrs: attrs{"norm": norm}}
			wantNumbers(t, norm, c.run(t)[0], want, 1e-6)
		}
		c := call{domain: ml, op: "Normalizer", opset: 1, outs: 1, in: []*tensor.Tensor{f32(nil, 3, 0)}, attrs: attrs{"norm": norm}}
		if got := c.run(t)[0]; !slices.Equal(got.Shape, []int{3, 0}) {
			t.Errorf("%s of empty rows has shape %v", norm, got.Shape)
		}
	}
}

func TestArrayFeatureExtractor(t *testing.T) {
	x := words("a", "b", "c", "d", "e", "f")
	x.Shape = []int{2, 3}
	c := call{domain: ml, op: "ArrayFeatureExtractor", opset: 1, outs: 1, in: []*tensor.Tensor{x, tensorOf([]int64{2, 0, 2, 1}, 2, 2)}}
	wantStrings(t, "a table", c.run(t)[0], []string{"c", "a", "c", "b", "f", "d", "f", "e"}, 2, 4)
	x.Shape = []int{6}
	wantStrings(t, "a list", c.run(t)[0], []string{"c", "a", "c", "b"}, 1, 4)
	c.in[1] = tensorOf([]int64{6}, 1)
	if _, err := c.try(t); err == nil {
		t.Error("an index beyond the features is no error")
	}
}
