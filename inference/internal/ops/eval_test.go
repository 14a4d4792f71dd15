package ops

import (
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// eval runs the node as one is run whose shapes depend on data: with all values known.
func (c call) eval(t testing.TB) ([]*tensor.Tensor, error) {
	t.Helper()
	_, v := Lookup(c.domain, c.op, c.opset)
	n := &Node{Version: v, Packs: &Packs{}}
	for name, value := range c.attrs {
		n.Attrs = append(n.Attrs, graph.Attr{Name: name, Kind: v.Attr(name).Kind, Value: value})
	}
	given := make([]bool, len(c.in))
	for i := range c.in {
		given[i] = c.in[i] != nil
	}
	if err := n.Arrange(given, slices.Repeat([]bool{true}, c.outs)); err != nil {
		return nil, err
	}
	in := append(slices.Clone(c.in), make([]*tensor.Tensor, len(n.In)-len(c.in))...)
	for i, x := range in {
		if x != nil {
			n.In[i].Type = graph.TensorType(x.DType, shape.FromInts(x.Shape))
		}
	}
	if _, reason, err := n.BindTypes(); err != nil || reason != "" {
		t.Fatalf("%s: types: %v %s", c.op, err, reason)
	}
	return Eval(&Run{Context: t.Context(), Budget: &Budget{What: "test bytes", Limit: 1 << 26}}, nil, n, in)
}

// run1 runs a node whose output's shape depends on values, and returns that output.
func (c call) run1(t *testing.T) *tensor.Tensor {
	t.Helper()
	c.outs = 1
	out, err := c.eval(t)
	if err != nil {
		t.Fatalf("%s-%d %v: %v", c.op, c.opset, c.attrs, err)
	}
	return out[0]
}
