package ops

import "math"

var _ = register(&opAdagrad)

// opAdagrad computes weights after a step down their gradients, the shorter the greater those have been.
var opAdagrad = Op{
	Name:   "Adagrad",
	Domain: trainingDomain,
	Versions: optimizerVersions(
		[]Attr{{"decay_factor", Float, 0.0}, {"epsilon", Float, 0.0}, {"norm_coefficient", Float, 0.0}},
		func(n *Node) error { return inferOptimizer(n, 1) }, newAdagrad),
}

func newAdagrad(n *Node) (Kernel, error) {
	decay, epsilon, norm := float64(n.Float("decay_factor")), float64(n.Float("epsilon")), float64(n.Float("norm_coefficient"))
	return &optimizer{1, func(s optimizerStep) {
		rate := s.rate / (1 + s.done*decay)
		s.regularize(norm)
		for i, g := range s.g {
			s.v[i] += g * g
			s.x[i] -= rate * g / (math.Sqrt(s.v[i]) + epsilon)
		}
	}}, nil
}
