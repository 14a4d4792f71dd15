package ops

var _ = register(&opArgMax)

// opArgMax computes the index of the greatest element along an axis.
var opArgMax = Op{
	Name:     "ArgMax",
	Versions: argVersions(func(n *Node) (Kernel, error) { return newArg(n, true) }),
}
