package ops

import (
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// node returns the node with its types bound and the shapes of its inputs known, but nothing inferred.
func (c call) node(t testing.TB) (*Node, error) {
	t.Helper()
	_, v := Lookup(c.domain, c.op, c.opset)
	if v == nil {
		t.Fatalf("there is no %s-%d", c.op, c.opset)
	}
	n := &Node{Version: v, Packs: &Packs{}}
	for name, value := range c.attrs {
		n.Attrs = append(n.Attrs, graph.Attr{Name: name, Kind: v.Attr(name).Kind, Value: value})
	}
	if err := n.Arrange(slices.Repeat([]bool{true}, len(c.in)), slices.Repeat([]bool{true}, c.outs)); err != nil {
		return nil, err
	}
	for i, in := range c.in {
		n.In[i].Type = graph.TensorType(in.DType, shape.FromInts(in.Shape))
	}
	if known, reason, err := n.BindTypes(); err != nil || !known {
		t.Fatalf("%s: types: %v %s", c.op, err, reason)
	}
	return n, nil
}

// evalled runs a node as one whose shapes depend on data.
func (c call) evalled(t *testing.T, budget int64) ([]*tensor.Tensor, error) {
	t.Helper()
	n, err := c.node(t)
	if err != nil {
		return nil, err
	}
	return Eval(&Run{Context: t.Context(), Budget: &Budget{What: "bytes", Limit: budget}}, nil, n, c.in)
}
