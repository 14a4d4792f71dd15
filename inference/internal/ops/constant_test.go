package ops

import (
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// TestConstants states a value in each way there is.
func TestConstants(t *testing.T) {
	for _, c := range []struct {
		name  string
		value any
		want  *tensor.Tensor
	}{
		{"value", tensorOf([]int64{1, 2}, 2), tensorOf([]int64{1, 2}, 2)},
		{"value", tensorAs(dtype.I2, []float64{-2, 1}, 2), tensorAs(dtype.I2, []float64{-2, 1}, 2)},
		{"sparse_value", f32([]float64{0, 3, 0}, 3), f32([]float64{0, 3, 0}, 3)},
		{"value_float", float32(1.5), shaped(f32([]float64{1.5}, 1))},
		{"value_floats", floats(1, 2), f32([]float64{1, 2}, 2)},
		{"value_floats", []float32(nil), f32(nil, 0)},
		{"value_int", int64(7), integersOf(7)},
		{"value_ints", []int64{7, 8}, tensorOf([]int64{7, 8}, 2)},
		{"value_ints", []int64{}, tensorOf([]int64{}, 0)},
		{"value_string", "a", shaped(words("a"))},
		{"value_strings", []string{"a", "b"}, words("a", "b")},
	} {
		got := call{op: "Constant", opset: 25, attrs: attrs{c.name: c.value}, outs: 1}.results(t)[0]
		if got.DType != c.want.DType || !slices.Equal(got.Shape, c.want.Shape) || !slices.Equal(got.Data, c.want.Data) || !slices.Equal(got.Strings, c.want.Strings) {
			t.Errorf("%s: %v%v %v", c.name, got.DType, got.Shape, got)
		}
	}
}

func TestConstantOfShape(t *testing.T) {
	for _, c := range []struct {
		shape *tensor.Tensor
		value *tensor.Tensor
		dims  []int
		want  []float64
	}{
		{tensorOf([]int64{2, 1}, 2), nil, []int{2, 1}, []float64{0, 0}},
		{tensorOf([]int64{}, 0), tensorOf([]bool{true}, 1), []int{}, []float64{1}},
		{tensorOf([]int64{0, 3}, 2), tensorOf([]int32{7}, 1), []int{0, 3}, []float64{}},
		{tensorOf([]int64{2}, 1), tensorAs(dtype.U2, []float64{3}, 1), []int{2}, []float64{3, 3}},
		{tensorOf([]int64{2}, 1), tensorAs(dtype.F4E2M1, []float64{1.5}, 1), []int{2}, []float64{1.5, 1.5}},
		{tensorOf([]int64{3}, 1), tensorAs(dtype.BF16, []float64{1.5}, 1), []int{3}, []float64{1.5, 1.5, 1.5}},
	} {
		node := call{op: "ConstantOfShape", opset: 25, attrs: attrs{}, in: []*tensor.Tensor{c.shape}, outs: 1}
		if c.value != nil {
			node.attrs["value"] = c.value
		}
		got := node.results(t)[0]
		if !slices.Equal(got.Shape, c.dims) || !slices.Equal(valuesOf(got), c.want) {
			t.Errorf("ConstantOfShape(%v) of %v = %v%v", valuesOf(c.shape), c.value, got.Shape, valuesOf(got))
		}
	}
}
