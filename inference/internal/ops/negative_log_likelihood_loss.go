package ops

import "github.com/brinkml/brink/inference/internal/dtype"

var _ = register(&opNegativeLogLikelihoodLoss)

// opNegativeLogLikelihoodLoss computes -x of the target class, weighted.
var opNegativeLogLikelihoodLoss = Op{
	Name: "NegativeLogLikelihoodLoss",
	Versions: []Version{
		{
			Since: 12, Again: 1 << 13, In: Args{"T", "Tind", "T?"}, Out: Args{"T"},
			Types: []Constraint{{"T", dtype.IEEE}, {"Tind", indexes}}, Common: &lossAttrs, Infer: inferLoss, New: newLikelihoodLoss,
		},
		{
			Since: 22, In: Args{"T", "Tind", "T?"}, Out: Args{"T"},
			Types: []Constraint{{"T", dtype.Floating}, {"Tind", indexes}}, Common: &lossAttrs, Infer: inferLoss, New: newLikelihoodLoss,
		},
	},
}

func newLikelihoodLoss(n *Node) (Kernel, error) { return newLoss(n, false) }
