package ops

var _ = register(&opLogSoftmax)

// opLogSoftmax computes the natural logarithm of Softmax.
var opLogSoftmax = Op{
	Name:     "LogSoftmax",
	Versions: softmaxVersions(newLogSoftmax),
}

func newLogSoftmax(n *Node) (Kernel, error) { return softmaxFor(n, true) }
