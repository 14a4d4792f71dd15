package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(Op{
	Name: "Mean",
	Doc:  "the mean of the inputs, element by element",
	Versions: []Version{
		{Since: 1, In: Args{"T..."}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: broadcastShape, New: newMean, InPlace: 2},
	},
})

func newMean(n *Node) (Kernel, error) {
	return choose(n, typed[float32](meanOf[float32]), typed[float64](meanOf[float64]))
}

func meanOf[T kernels.Float](n *Node) (Kernel, error) {
	return &mean[T]{newFold(n, kernels.Add[T]), len(n.In)}, nil
}

// mean divides a sum by the number of its summands.
type mean[T kernels.Float] struct {
	sum   Kernel
	count int
}

func (k *mean[T]) Run(c *Ctx) error {
	if err := k.sum.Run(c); err != nil {
		return err
	}
	kernels.Divide(tensor.View[T](c.Out[0]), k.count)
	return nil
}
