package ops

var _ = register(&opHammingWindow)

var opHammingWindow = Op{
	Name: "HammingWindow", Doc: "a - (1-a) * cos with a = 25/46, over one turn", Versions: windowVersions(newHammingWindow),
}

func newHammingWindow(n *Node) (Kernel, error) { return newWindow(n, 25.0/46, -21.0/46, 0) }
