package ops

var _ = register(&opArgMin)

var opArgMin = Op{
	Name:     "ArgMin",
	Doc:      "the index of the least element along an axis",
	Versions: argVersions(func(n *Node) (Kernel, error) { return newArg(n, false) }),
}
