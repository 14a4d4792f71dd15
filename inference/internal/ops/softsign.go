package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opSoftsign)

// opSoftsign computes x / (1 + |x|).
var opSoftsign = Op{
	Name: "Softsign",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newSoftsign, InPlace: 1, Again: 1 << 22},
	},
}

var softsigns = maps{vec: vec.Activation{Func: vec.OfSoftsign}, f32: kernels.Softsign[float32], f64: kernels.Softsign[float64]}

func newSoftsign(n *Node) (Kernel, error) { return newMap(n, &softsigns) }
