package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opCategoryMapper)

// opCategoryMapper computes the integer that goes with each string, or the string that goes with each integer.
var opCategoryMapper = Op{
	Name:   "CategoryMapper",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T1"}, Out: Args{"T2"},
			Types: []Constraint{{"T1", dtype.Strings | 1<<dtype.Int64}, {"T2", dtype.Strings | 1<<dtype.Int64}},
			Attrs: []Attr{
				{"cats_int64s", Ints, nil},
				{"cats_strings", Strings, nil},
				{"default_int64", Int, -1},
				{"default_string", String, "_Unused"},
			},
			Infer: inferCategoryMapper, New: newCategoryMapper,
		},
	},
}

func inferCategoryMapper(n *Node) error {
	if ints, strings := len(n.Ints("cats_int64s")), len(n.Strings("cats_strings")); ints != strings {
		return fault.Format("%d integers and %d strings", ints, strings)
	}
	n.Out[0].DType = dtype.String
	if n.In[0].DType == dtype.String {
		n.Out[0].DType = dtype.Int64
	}
	return sameShape(n)
}

func newCategoryMapper(n *Node) (Kernel, error) {
	numbers := n.Ints("cats_int64s")
	ints := tensor.Of(numbers, len(numbers))
	names := stringList(n.Strings("cats_strings"))
	if n.In[0].DType == dtype.String {
		return newLabels(names, appended(ints, scalar(n.Int("default_int64"))), stringsOf), nil
	}
	return newLabels(ints, appended(names, stringScalar(n.String("default_string"))), tensor.View[int64]), nil
}
