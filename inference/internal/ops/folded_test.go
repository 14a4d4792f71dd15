package ops

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// folded runs the node as if all its inputs were constants.
func (c call) folded(t *testing.T) []*tensor.Tensor {
	t.Helper()
	_, v := Lookup(c.domain, c.op, c.opset)
	n := &Node{Version: v, Packs: &Packs{}}
	for name, value := range c.attrs {
		n.Attrs = append(n.Attrs, graph.Attr{Name: name, Kind: v.Attr(name).Kind, Value: value})
	}
	if err := n.Arrange(slices.Repeat([]bool{true}, len(c.in)), slices.Repeat([]bool{true}, c.outs)); err != nil {
		t.Fatal(err)
	}
	for i, in := range c.in {
		n.In[i] = Operand{Type: graph.TensorType(in.DType, shape.FromInts(in.Shape)), Present: true, Value: in, Constant: true}
	}
	if _, reason, err := n.BindTypes(); err != nil || reason != "" {
		t.Fatalf("%s: types: %v %s", c.op, err, reason)
	}
	out, err := Eval(&Run{Context: t.Context(), Budget: &Budget{Limit: 1 << 30}}, nil, n, append(c.in, make([]*tensor.Tensor, len(n.In)-len(c.in))...))
	if err != nil {
		t.Fatalf("%s-%d %v: %v", c.op, c.opset, c.attrs, err)
	}
	return out
}

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
