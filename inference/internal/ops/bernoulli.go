package ops

import (
	"math/rand/v2"

	"github.com/brinkml/brink/inference/internal/dtype"
)

var _ = register(&opBernoulli)

// opBernoulli computes 1 with the probability that an element says, 0 otherwise.
var opBernoulli = Op{
	Name: "Bernoulli",
	Versions: []Version{
		bernoulliVersion(15, dtype.IEEE),
		bernoulliVersion(22, dtype.Floating),
	},
}

func bernoulliVersion(since int, types dtype.Set) Version {
	return Version{
		Since: since, In: Args{"T1"}, Out: Args{"T2"},
		Types: []Constraint{{"T1", types}, {"T2", dtype.Numbers | dtype.Halves | dtype.Bools}},
		Attrs: []Attr{{"dtype", Int, nil}, {"seed", Float, nil}},
		Infer: inferLike, New: newBernoulli, Impure: true,
	}
}

// newBernoulli makes the kernel. What is no probability counts as the nearest one, NaN as 0.
func newBernoulli(n *Node) (Kernel, error) {
	return newGenerator(n, func(c *Ctx, g *rand.PCG, dst []float64, from int) {
		x := c.In[0]
		load(dst, x.Data[from*x.DType.Size():], x.DType)
		for i, p := range dst {
			dst[i] = 0
			if uniform(g, 53) < p {
				dst[i] = 1
			}
		}
	})
}
