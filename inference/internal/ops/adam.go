package ops

import "math"

var _ = register(&opAdam)

// opAdam computes weights after a step along a running mean of their gradients, the shorter the greater those have
// been.
var opAdam = Op{
	Name:   "Adam",
	Domain: trainingDomain,
	Versions: optimizerVersions(
		[]Attr{
			{"alpha", Float, 0.9},
			{"beta", Float, 0.999},
			{"epsilon", Float, 0.0},
			{"norm_coefficient", Float, 0.0},
			{"norm_coefficient_post", Float, 0.0},
		},
		func(n *Node) error { return inferOptimizer(n, 2) }, newAdam),
}

func newAdam(n *Node) (Kernel, error) {
	alpha, beta, epsilon := float64(n.Float("alpha")), float64(n.Float("beta")), float64(n.Float("epsilon"))
	before, after := float64(n.Float("norm_coefficient")), 1-float64(n.Float("norm_coefficient_post"))
	return &optimizer{2, func(s optimizerStep) {
		rate := s.rate
		if s.done > 0 { // the means began with 0
			rate *= math.Sqrt(1-math.Pow(beta, s.done)) / (1 - math.Pow(alpha, s.done))
		}
		s.regularize(before)
		for i, g := range s.g {
			s.v[i] = alpha*s.v[i] + (1-alpha)*g
			s.h[i] = beta*s.h[i] + (1-beta)*g*g
			s.x[i] = after * (s.x[i] - rate*s.v[i]/(math.Sqrt(s.h[i])+epsilon))
		}
	}}, nil
}
