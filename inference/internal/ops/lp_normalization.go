package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
)

var _ = register(&opLpNormalization)

// opLpNormalization computes x divided by its sum of absolute values along an axis, or by the root of that of
// squares; 0 where all are 0.
var opLpNormalization = Op{
	Name: "LpNormalization",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Attrs: []Attr{{"axis", Int, -1}, {"p", Int, 2}}, Infer: inferLpNorm, New: newLpNorm, InPlace: 1,
		},
		{
			Since: 22, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"axis", Int, -1}, {"p", Int, 2}}, Infer: inferLpNorm, New: newLpNorm, InPlace: 1,
		},
	},
}

func inferLpNorm(n *Node) error {
	n.SetOut(0, n.In[0].Shape)
	if p := n.Int("p"); p != 1 && p != 2 {
		return fault.Format("p is %d, which is neither 1 nor 2", p)
	}
	if !n.In[0].Shape.Ranked() {
		return nil
	}
	_, err := n.axis("axis", n.In[0].Shape.Rank())
	return err
}

func newLpNorm(n *Node) (Kernel, error) {
	dims, norms := n.In[0].Dims(), n.In[0].Dims()
	axis, err := n.axis("axis", len(dims))
	if err != nil {
		return nil, err
	}
	norms[axis] = 1
	k := newStandardization(dims, norms, nil, nil)
	k.square = n.Int("p") == 2
	root := k.square
	k.by = func(sum, _ float64) float64 {
		if sum == 0 {
			return 0
		}
		if root {
			sum = math.Sqrt(sum)
		}
		return 1 / sum
	}
	return k.finished(n)
}
