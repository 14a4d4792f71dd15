package ops

var _ = register(&opHannWindow)

var opHannWindow = Op{
	Name: "HannWindow", Doc: "half of 1 - cos, over one turn", Versions: windowVersions(newHannWindow),
}

func newHannWindow(n *Node) (Kernel, error) { return newWindow(n, 0.5, -0.5, 0) }
