package ops

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/tensor"
)

// noise returns a tensor of numbers between -1 and 1.
func noise(rnd *rand.Rand, dims ...int) *tensor.Tensor {
	x := make([]float32, tensor.Elems(dims))
	for i := range x {
		x[i] = 2*rnd.Float32() - 1
	}
	return tensor.Of(x, dims...)
}

// wantTensor checks shape and elements of a tensor.
func wantTensor(t *testing.T, what string, got *tensor.Tensor, dims []int, want []float64) {
	t.Helper()
	if !slices.Equal(got.Shape, dims) {
		t.Fatalf("%s has shape %v; want %v", what, got.Shape, dims)
	}
	wantNumbers(t, what, got, want, 1e-5)
}
