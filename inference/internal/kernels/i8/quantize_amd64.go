//go:build !noasm

package i8

import "github.com/brinkml/brink/inference/internal/cpu"

// atOnce is how many elements one call goes along at most: some microseconds' worth.
const atOnce = 1 << 16

func quantize(l cpu.Level, dst []byte, x []float32, scale float32, zero int32, lo, hi float32) {
	if l < cpu.AVX512 {
		quantizePortable(dst, x, scale, zero, lo, hi)
		return
	}
	for i := 0; i < len(x); i += atOnce {
		quantizeAVX512(&dst[i], &x[i], min(atOnce, len(x)-i), scale, lo, hi, zero)
	}
}

func rangeOf(l cpu.Level, x []float32) (least, most float32) {
	if l < cpu.AVX512 {
		return rangePortable(x)
	}
	var lanes [32]float32
	for i := 0; i < len(x); i += atOnce {
		rangeAVX512(&x[i], min(atOnce, len(x)-i), &lanes[0])
		for j := range 16 {
			least, most = min(least, lanes[j]), max(most, lanes[16+j])
		}
	}
	return least, most
}

func dequantize(l cpu.Level, dst []float32, x []byte, scale float32, zero int32, invert byte) {
	if l < cpu.AVX512 {
		dequantizePortable(dst, x, scale, zero, invert)
		return
	}
	for i := 0; i < len(x); i += atOnce {
		dequantizeAVX512(&dst[i], &x[i], min(atOnce, len(x)-i), scale, zero, uint32(invert))
	}
}
