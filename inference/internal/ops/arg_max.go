package ops

var _ = register(&opArgMax)

var opArgMax = Op{
	Name:     "ArgMax",
	Doc:      "the index of the greatest element along an axis",
	Versions: argVersions(func(n *Node) (Kernel, error) { return newArg(n, true) }),
}
