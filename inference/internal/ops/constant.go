package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opConstant)

// opConstant computes a value kept in the model.
var opConstant = Op{
	Name: "Constant",
	Versions: []Version{
		{Since: 1, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Attrs: []Attr{{"value", Tensor, Required}}, Infer: inferConstant, New: newConstant, Again: 1 << 9},
		{Since: 11, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Attrs: []Attr{{"value", Tensor, nil}, {"sparse_value", Sparse, nil}}, Infer: inferConstant, New: newConstant},
		{Since: 12, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Common: &constantAttrs, Infer: inferConstant, New: newConstant, Again: 1<<13 | 1<<19 | 1<<21 | 1<<23 | 1<<24 | 1<<25},
	},
}

// constantAttrs are the ways to state a value, of which a node has exactly one.
var constantAttrs = []Attr{
	{"value", Tensor, nil},
	{"sparse_value", Sparse, nil},
	{"value_float", Float, nil},
	{"value_floats", Floats, nil},
	{"value_int", Int, nil},
	{"value_ints", Ints, nil},
	{"value_string", String, nil},
	{"value_strings", Strings, nil},
}

func inferConstant(n *Node) error {
	if len(n.Attrs) != 1 {
		return fault.Format("a constant has %d values", len(n.Attrs))
	}
	var t *tensor.Tensor
	switch v := n.Attrs[0].Value.(type) {
	case *tensor.Tensor:
		t = v
	case float32:
		t = scalar(v)
	case []float32:
		t = tensor.Of(v, len(v))
	case int64:
		t = scalar(v)
	case []int64:
		t = tensor.Of(v, len(v))
	case string:
		t = &tensor.Tensor{DType: dtype.String, Shape: []int{}, Strings: []string{v}}
	case []string:
		t = &tensor.Tensor{DType: dtype.String, Shape: []int{len(v)}, Strings: v}
	}
	n.Out[0].Type = graph.TensorType(t.DType, shape.FromInts(t.Shape))
	n.Out[0].Value = t
	return nil
}

// scalar returns a tensor without dimensions.
func scalar[T dtype.Element](v T) *tensor.Tensor {
	t := tensor.Of([]T{v})
	t.Shape = []int{}
	return t
}

// newConstant is never called for a kernel: the value is known from the start.
func newConstant(*Node) (Kernel, error) { return nil, errNeedsValue }
