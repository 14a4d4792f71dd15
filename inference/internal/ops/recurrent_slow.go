//go:build !amd64 || noasm

package ops

func newFastRecurrent(*Node, recurrentSize) Kernel { return nil }
