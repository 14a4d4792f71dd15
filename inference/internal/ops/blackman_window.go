package ops

var _ = register(&opBlackmanWindow)

// opBlackmanWindow computes 0.42 - 0.5 * cos + 0.08 * cos of twice the phase, over one turn.
var opBlackmanWindow = Op{
	Name: "BlackmanWindow", Versions: windowVersions(newBlackmanWindow),
}

func newBlackmanWindow(n *Node) (Kernel, error) { return newWindow(n, 0.42, -0.5, 0.08) }
