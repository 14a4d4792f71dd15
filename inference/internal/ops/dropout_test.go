package ops

import (
	"math"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

func TestDropout(t *testing.T) {
	x := f32([]float64{1, 2, 3}, 3)
	for opset, mask := range map[int]dtype.DType{1: dtype.Float32, 6: dtype.Float32, 7: dtype.Float32, 10: dtype.Bool, 12: dtype.Bool, 22: dtype.Bool} {
		got := call{op: "Dropout", opset: opset, in: []*tensor.Tensor{x}, outs: 2}.run(t)
		if got[1].DType != mask {
			t.Errorf("the mask of Dropout-%d is of %v; want %v", opset, got[1].DType, mask)
		}
		wantNumbers(t, "Dropout", got[0], []float64{1, 2, 3}, 0)
		if !slices.Equal(valuesOf(got[1]), []float64{1, 1, 1}) {
			t.Errorf("the mask of Dropout-%d is %v", opset, valuesOf(got[1]))
		}
	}
}

func TestDropoutTrains(t *testing.T) {
	const n = 10_000
	ones := make([]float64, n)
	for i := range ones {
		ones[i] = 1
	}
	yes := shaped(tensorOf([]bool{true}, 1))
	ratio := func(v float64) *tensor.Tensor { return tensorAs(dtype.F16, []float64{v}) }
	node := call{op: "Dropout", opset: 22, outs: 2, in: []*tensor.Tensor{tensorAs(dtype.BF16, ones, n), ratio(0.75), yes}}
	got := node.run(t)
	kept := 0
	mask := valuesOf(got[1])
	for i, v := range valuesOf(got[0]) {
		if v != 4*mask[i] {
			t.Fatalf("element %d is %v with a mask of %v; want 4 where it is kept", i, v, mask[i])
		}
		kept += int(mask[i])
	}
	if kept < n/5 || kept > n*3/10 {
		t.Errorf("%d of %d elements are kept; want a quarter", kept, n)
	}
	for _, bad := range []float64{-0.5, 1, math.NaN()} {
		node.in[1] = ratio(bad)
		if _, err := node.try(t); err == nil {
			t.Errorf("a share of %v is dropped", bad)
		}
	}
	node.in[1] = ratio(0)
	if got := valuesOf(node.run(t)[0]); !slices.Equal(got, ones) {
		t.Error("elements are dropped where none should be")
	}
}

// TestTwister checks the generator against numbers of numpy.random.RandomState(0).random_sample.
func TestTwister(t *testing.T) {
	g := newTwister(make([]byte, twisterBytes), 0)
	for i, want := range []float64{0.5488135039273248, 0.7151893663724195, 0.6027633760716439, 0.5448831829968969} {
		if got := g.float64(); got != want {
			t.Errorf("number %d = %v; want %v", i, got, want)
		}
	}
}
