package ops

import "github.com/brinkml/brink/inference/internal/dtype"

var _ = register(&opSoftmaxCrossEntropyLoss)

// opSoftmaxCrossEntropyLoss computes -log(softmax(x)) of the target class, weighted.
var opSoftmaxCrossEntropyLoss = Op{
	Name: "SoftmaxCrossEntropyLoss",
	Versions: []Version{
		{
			Since: 12, Again: 1 << 13, In: Args{"T", "Tind", "T?"}, Out: Args{"T", "T?"},
			Types: []Constraint{{"T", dtype.Floating}, {"Tind", indexes}}, Common: &lossAttrs, Infer: inferLoss, New: newCrossEntropyLoss,
		},
	},
}

func newCrossEntropyLoss(n *Node) (Kernel, error) { return newLoss(n, true) }
