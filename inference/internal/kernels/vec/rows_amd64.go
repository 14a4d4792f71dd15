//go:build !noasm

package vec

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

func softmaxRows(l cpu.Level, dst, src *float32, n, rows int, log bool) {
	switch {
	case l >= cpu.AVX512 && log:
		logSoftmaxAVX512(dst, src, n, rows)
	case l >= cpu.AVX512:
		softmaxAVX512(dst, src, n, rows)
	case log:
		logSoftmaxAVX2(dst, src, n, rows)
	default:
		softmaxAVX2(dst, src, n, rows)
	}
}

func sumRow(l cpu.Level, src *float32, n int) float32 {
	if l >= cpu.AVX512 {
		return sumAVX512(src, n)
	}
	return sumAVX2(src, n)
}

func squareRow(l cpu.Level, src *float32, n int) float32 {
	if l >= cpu.AVX512 {
		return squaresAVX512(src, n)
	}
	return squaresAVX2(src, n)
}

func (p *Norm) some(l cpu.Level) {
	if l >= cpu.AVX512 {
		normAVX512((*byte)(unsafe.Pointer(p)))
	} else {
		normAVX2((*byte)(unsafe.Pointer(p)))
	}
}
