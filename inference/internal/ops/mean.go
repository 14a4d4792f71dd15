package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opMean)

// opMean computes the mean of the inputs, element by element.
var opMean = Op{
	Name: "Mean",
	Versions: []Version{
		{Since: 1, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: equalShapes, New: newMean, InPlace: 2, Again: 1 << 6},
		{Since: 8, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: broadcastShape, New: newMean, InPlace: 2, Again: 1 << 13},
	},
}

func newMean(n *Node) (Kernel, error) { return newTotal(n, true) }

// newTotal makes the kernel of Sum and Mean. Small floats are added as float32, so that they are rounded only once.
func newTotal(n *Node, isMean bool) (Kernel, error) {
	of := func(n *Node) (Kernel, error) {
		sum := newFold(n, &adding)
		if isMean {
			return &mean{sum}, nil
		}
		return sum, nil
	}
	return choose(n, typed[float32](of), typed[float64](of))
}

// mean divides a sum by the number of its summands.
type mean struct{ *fold }

func (k *mean) Run(c *Ctx) error {
	if err := k.fold.Run(c); err != nil {
		return err
	}
	if y := c.Out[0]; y.DType == dtype.Float32 {
		kernels.Divide(tensor.View[float32](y), len(c.In))
	} else {
		kernels.Divide(tensor.View[float64](y), len(c.In))
	}
	return nil
}
