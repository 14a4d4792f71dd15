package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opLog)

// opLog computes natural logarithm.
var opLog = Op{
	Name: "Log",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newLog, InPlace: 1, Again: 1<<6 | 1<<13},
	},
}

var logarithms = maps{vec: vec.Activation{Func: vec.OfLog}, f32: kernels.Log[float32], f64: kernels.Log[float64]}

func newLog(n *Node) (Kernel, error) { return newMap(n, &logarithms) }
