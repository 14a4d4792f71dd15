package ops

import "github.com/brinkml/brink/inference/internal/fault"

var _ = register(&opMomentum)

// opMomentum computes weights after a step along what their gradients add up to, of which some is lost with each
// step.
var opMomentum = Op{
	Name:   "Momentum",
	Domain: trainingDomain,
	Versions: optimizerVersions(
		[]Attr{
			{"alpha", Float, Required},
			{"beta", Float, Required},
			{"mode", String, Required},
			{"norm_coefficient", Float, Required},
		},
		inferMomentum, newMomentum),
}

func inferMomentum(n *Node) error {
	if mode := n.String("mode"); mode != "standard" && mode != "nesterov" {
		return fault.Format("mode is %q", mode)
	}
	return inferOptimizer(n, 1)
}

func newMomentum(n *Node) (Kernel, error) {
	alpha, beta, norm := float64(n.Float("alpha")), float64(n.Float("beta")), float64(n.Float("norm_coefficient"))
	nesterov := n.String("mode") == "nesterov"
	return &optimizer{1, func(s optimizerStep) {
		part := beta
		if s.done <= 0 { // there is nothing yet that the first gradients could be part of
			part = 1
		}
		s.regularize(norm)
		for i, g := range s.g {
			s.v[i] = alpha*s.v[i] + part*g
			step := s.v[i]
			if nesterov {
				step = g + alpha*s.v[i]
			}
			s.x[i] -= s.rate * step
		}
	}}, nil
}
