package ops

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference/internal/tensor"
)

// TestLegacyBroadcast has the second operand broadcast as before version 7: only when asked to, and from an axis of the
// first.
func TestLegacyBroadcast(t *testing.T) {
	a := f32([]float64{1, 2, 3, 4, 5, 6, 7, 8}, 2, 2, 2)
	for _, op := range []string{"Add", "Div", "Greater", "Less", "Mul", "Pow", "Sub"} {
		for _, c := range []struct {
			attrs attrs
			b     *tensor.Tensor
			want  []float64 // the operand that each element meets; nil when it does not fit
		}{
			{attrs{"broadcast": int64(1)}, f32([]float64{2, 4}, 2), []float64{2, 4, 2, 4, 2, 4, 2, 4}},
			{attrs{"broadcast": int64(1)}, f32([]float64{2}), []float64{2, 2, 2, 2, 2, 2, 2, 2}},
			{attrs{"broadcast": int64(1)}, f32([]float64{2}, 1), []float64{2, 2, 2, 2, 2, 2, 2, 2}},
			{attrs{"broadcast": int64(1), "axis": int64(1)}, f32([]float64{2, 4}, 2), []float64{2, 2, 4, 4, 2, 2, 4, 4}},
			{attrs{"broadcast": int64(1), "axis": int64(0)}, f32([]float64{2, 4}, 2), []float64{2, 2, 2, 2, 4, 4, 4, 4}},
			{attrs{"broadcast": int64(1), "axis": int64(0)}, f32([]float64{1, 2, 4, 8}, 2, 2), []float64{1, 1, 2, 2, 4, 4, 8, 8}},
			{attrs{"broadcast": int64(1), "axis": int64(-2)}, f32([]float64{2, 4}, 2), []float64{2, 2, 4, 4, 2, 2, 4, 4}},
			{nil, f32([]float64{2, 4}, 2), nil},
			{attrs{"broadcast": int64(1)}, f32([]float64{1, 2, 3}, 3), nil},
			{attrs{"broadcast": int64(1)}, f32(make([]float64, 16), 2, 2, 2, 2), nil},
			{attrs{"broadcast": int64(1), "axis": int64(2)}, f32(make([]float64, 4), 2, 2), nil},
			{attrs{"broadcast": int64(1), "axis": int64(-4)}, f32([]float64{1, 2}, 2), nil},
		} {
			got, err := call{op: op, opset: 1, attrs: c.attrs, in: []*tensor.Tensor{a, c.b}, outs: 1}.try(t)
			if (err == nil) != (c.want != nil) {
				t.Errorf("%s-1 %v of %v and %v: error = %v", op, c.attrs, a.Shape, c.b.Shape, err)
			}
			if err != nil {
				continue
			}
			want := call{op: op, opset: 9, in: []*tensor.Tensor{a, f32(c.want, 2, 2, 2)}, outs: 1}.run(t)
			if !slices.Equal(got[0].Data, want[0].Data) || !slices.Equal(got[0].Shape, a.Shape) {
				t.Errorf("%s-1 %v of %v = %v; want %v", op, c.attrs, c.b.Shape, valuesOf(got[0]), valuesOf(want[0]))
			}
		}
	}
}

func TestLegacyConcat(t *testing.T) {
	x := f32([]float64{1, 2, 3, 4}, 2, 2)
	node := call{op: "Concat", opset: 1, in: []*tensor.Tensor{x, x}, outs: 1}
	wantNumbers(t, "Concat-1 without an axis", node.run(t)[0], []float64{1, 2, 1, 2, 3, 4, 3, 4}, 0)
	node.in = []*tensor.Tensor{f32([]float64{1}, 1), f32([]float64{2}, 1)}
	if _, err := node.try(t); err == nil {
		t.Error("Concat-1 joins vectors along their second dimension")
	}
}

// TestLegacyTraining has the first versions of BatchNormalization, which train when they are asked for more than Y.
func TestLegacyTraining(t *testing.T) {
	node := call{op: "BatchNormalization", attrs: attrs{"momentum": float32(0.75), "epsilon": float32(0)}, outs: 5, in: []*tensor.Tensor{
		f32([]float64{1, 3, 5, 7}, 2, 1, 2), f32([]float64{2}, 1), f32([]float64{1}, 1), f32([]float64{8}, 1), f32([]float64{1}, 1),
	}}
	for _, opset := range []int{1, 6, 7, 9} {
		node.opset = opset
		s := math.Sqrt(5)
		for i, want := range [][]float64{{1 - 6/s, 1 - 2/s, 1 + 2/s, 1 + 6/s}, {7}, {2}, {4}, {5}} {
			wantNumbers(t, "BatchNormalization", node.run(t)[i], want, 1e-6)
		}
	}
	node.opset, node.attrs["is_test"] = 6, int64(1)
	if _, err := node.try(t); err == nil || !strings.Contains(err.Error(), "output 1 is one of training") {
		t.Errorf("BatchNormalization-6 that tests and trains: error = %v", err)
	}
	node.outs = 1
	wantNumbers(t, "BatchNormalization-6", node.run(t)[0], []float64{-13, -9, -5, -1}, 0)
}
