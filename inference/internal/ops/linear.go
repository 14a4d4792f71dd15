package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// linear is the kernel of operators that score rows of features by products with coefficients.
type linear[T kernels.Number] struct {
	coefficients, intercepts []float32
	scores, features         int
	take                     func(c *Ctx, row int, scores []float64)
}

// linearSize returns how many features the rows of coefficients for that many scores have.
func linearSize(n *Node, scores int64) (features int64, err error) {
	coefficients, intercepts := int64(len(n.Floats("coefficients"))), len(n.Floats("intercepts"))
	if scores < 1 || coefficients == 0 || coefficients%scores != 0 || intercepts != 0 && int64(intercepts) != scores {
		return 0, fault.Format("%d coefficients and %d intercepts for %d scores", coefficients, intercepts, scores)
	}
	return coefficients / scores, nil
}

// linearRows returns how many rows of that many features n's input has; a single row may come without a dimension for it.
func linearRows(n *Node, features int64) (shape.Dim, error) {
	s := n.In[0].Shape
	if !s.Ranked() {
		return shape.Unknown, nil
	}
	if s.Rank() < 1 || s.Rank() > 2 || s.Dim(-1).Known() && int64(s.Dim(-1)) != features {
		return shape.Unknown, fault.Shape("rows of %d features from %v", features, s.Ints())
	}
	return s.Elems(0, s.Rank()-1), nil
}

// newLinear makes the kernel that gives take the scores of each row, transformed as n says.
func newLinear(n *Node, scores int, take func(c *Ctx, row int, scores []float64)) (Kernel, error) {
	t, ok := transforms[n.String("post_transform")]
	if !ok {
		return nil, fault.Format("post_transform %q is not known", n.String("post_transform"))
	}
	transformed := func(c *Ctx, row int, s []float64) {
		t.apply(s)
		take(c, row, s)
	}
	return choose(n, linearOf[float32](scores, transformed), linearOf[float64](scores, transformed),
		linearOf[int32](scores, transformed), linearOf[int64](scores, transformed))
}

func linearOf[T kernels.Number](scores int, take func(c *Ctx, row int, scores []float64)) candidate {
	return typed[T](func(n *Node) (Kernel, error) {
		features, err := linearSize(n, int64(scores))
		return &linear[T]{n.Floats("coefficients"), n.Floats("intercepts"), scores, int(features), take}, err
	})
}

func (k *linear[T]) Scratch() int { return 8 * k.scores }

func (k *linear[T]) Run(c *Ctx) error {
	x, scores := tensor.View[T](c.In[0]), tensor.Cast[float64](c.Scratch)[:k.scores]
	for row := 0; len(x) > 0; row, x = row+1, x[k.features:] {
		kernels.Linear(scores, x[:k.features], k.coefficients, k.intercepts)
		k.take(c, row, scores)
	}
	return nil
}
