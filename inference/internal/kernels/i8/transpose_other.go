//go:build !amd64 || noasm

package i8

import "github.com/brinkml/brink/inference/internal/cpu"

func transpose(_ cpu.Level, dst []byte, to int, src []byte, from, rows, cols int) {
	transposePortable(dst, to, src, from, rows, cols)
}
