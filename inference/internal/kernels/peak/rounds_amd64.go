//go:build !noasm

package peak

import "github.com/brinkml/brink/inference/internal/cpu"

func floats(l cpu.Level, n int) float64 {
	switch {
	case l >= cpu.AVX512:
		fmaAVX512(n)
		return 2 * 14 * 16 * float64(n)
	case l == cpu.AVX2:
		fmaAVX2(n)
		return 2 * 14 * 8 * float64(n)
	}
	return 0
}

func bytes(l cpu.Level, n int) float64 {
	if l >= cpu.VNNI {
		dotVNNI(n)
		return 2 * 14 * 64 * float64(n)
	}
	return 0
}
