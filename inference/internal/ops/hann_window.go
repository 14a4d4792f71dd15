package ops

var _ = register(&opHannWindow)

// opHannWindow computes half of 1 - cos, over one turn.
var opHannWindow = Op{
	Name: "HannWindow", Versions: windowVersions(newHannWindow),
}

func newHannWindow(n *Node) (Kernel, error) { return newWindow(n, 0.5, -0.5, 0) }
