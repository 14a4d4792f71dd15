package ops

var _ = register(&opHammingWindow)

// opHammingWindow computes a - (1-a) * cos with a = 25/46, over one turn.
var opHammingWindow = Op{
	Name: "HammingWindow", Versions: windowVersions(newHammingWindow),
}

func newHammingWindow(n *Node) (Kernel, error) { return newWindow(n, 25.0/46, -21.0/46, 0) }
