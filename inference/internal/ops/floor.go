package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opFloor)

// opFloor computes greatest integer not above x.
var opFloor = Op{
	Name: "Floor",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newFloor, InPlace: 1, Again: 1<<6 | 1<<13},
	},
}

var floors = maps{vec: vec.Activation{Func: vec.OfFloor}, f32: kernels.Floor[float32], f64: kernels.Floor[float64]}

func newFloor(n *Node) (Kernel, error) { return newMap(n, &floors) }
