package ops

var _ = register(&opLogSoftmax)

var opLogSoftmax = Op{
	Name:     "LogSoftmax",
	Doc:      "the natural logarithm of Softmax",
	Versions: softmaxVersions(newLogSoftmax),
}

func newLogSoftmax(n *Node) (Kernel, error) { return softmaxFor(n, true) }
