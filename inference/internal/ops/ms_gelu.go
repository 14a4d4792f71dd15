package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

// The operators of com.microsoft are those that ONNX Runtime's optimiser and converters of other libraries write. Their
// facts are in ONNX Runtime's docs/ContribOperators.md.
const microsoft = "com.microsoft"

var _ = register(&opMSGelu)

// opMSGelu computes x times the chance that a standard normal variable is at most x.
var opMSGelu = Op{
	Name: "Gelu", Domain: microsoft,
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newMSGelu, InPlace: 1},
	},
}

func newMSGelu(n *Node) (Kernel, error) { return newMap(n, computed(kernels.Gelu).as(vec.OfGelu)) }
