package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opNot)

// opNot computes not x.
var opNot = Op{
	Name: "Not",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Bools}}, Infer: sameShape, New: newNot, InPlace: 1},
	},
}

func newNot(n *Node) (Kernel, error) { return choose(n, mapped(kernels.Not)) }
