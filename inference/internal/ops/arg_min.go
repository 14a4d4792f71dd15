package ops

var _ = register(&opArgMin)

// opArgMin computes the index of the least element along an axis.
var opArgMin = Op{
	Name:     "ArgMin",
	Versions: argVersions(func(n *Node) (Kernel, error) { return newArg(n, false) }),
}
