package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

var _ = register(&opHardSwish)

// opHardSwish computes x * (x/6 + 1/2), the latter factor kept between 0 and 1.
var opHardSwish = Op{
	Name: "HardSwish",
	Versions: []Version{
		{Since: 14, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}}, Infer: sameShape, New: newHardSwish, InPlace: 1},
		{Since: 22, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newHardSwish, InPlace: 1},
	},
}

var hardSwishes = maps{vec: vec.Activation{Func: vec.OfHardSwish}, f32: kernels.HardSwish[float32], f64: kernels.HardSwish[float64]}

func newHardSwish(n *Node) (Kernel, error) { return newMap(n, &hardSwishes) }
