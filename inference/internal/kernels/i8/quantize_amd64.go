//go:build !noasm

package i8

import "github.com/brinkml/brink/inference/internal/cpu"

// atOnce is how many elements one call goes along at most: some microseconds' worth.
const atOnce = 1 << 16

func quantize(l cpu.Level, dst []byte, x []float32, scale float32, zero int32, lo, hi float32) {
	done := 0
	switch {
	case l >= cpu.AVX512:
		for i := 0; i < len(x); i += atOnce {
			quantizeAVX512(&dst[i], &x[i], min(atOnce, len(x)-i), scale, lo, hi, zero)
		}
		return
	case l >= cpu.AVX2:
		for n := len(x) &^ 7; done < n; done += atOnce {
			quantizeAVX2(&dst[done], &x[done], min(atOnce, n-done)/8, scale, lo, hi, zero)
		}
		done = len(x) &^ 7
	}
	quantizePortable(dst[done:], x[done:], scale, zero, lo, hi)
}

func rangeOf(l cpu.Level, x []float32) (least, most float32) {
	var lanes [32]float32
	n, half := 0, 16
	switch {
	case l >= cpu.AVX512:
		n = len(x)
	case l >= cpu.AVX2:
		n, half = len(x)&^7, 8
	}
	for i := 0; i < n; i += atOnce {
		if half == 16 {
			rangeAVX512(&x[i], min(atOnce, n-i), &lanes[0])
		} else {
			rangeAVX2(&x[i], min(atOnce, n-i)/8, &lanes[0])
		}
		for j := range half {
			least, most = min(least, lanes[j]), max(most, lanes[half+j])
		}
	}
	a, b := rangePortable(x[n:])
	return min(least, a), max(most, b)
}

func dequantize(l cpu.Level, dst []float32, x []byte, scale float32, zero int32, invert byte) {
	done := 0
	switch {
	case l >= cpu.AVX512:
		for i := 0; i < len(x); i += atOnce {
			dequantizeAVX512(&dst[i], &x[i], min(atOnce, len(x)-i), scale, zero, uint32(invert))
		}
		return
	case l >= cpu.AVX2:
		for n := len(x) &^ 7; done < n; done += atOnce {
			dequantizeAVX2(&dst[done], &x[done], min(atOnce, n-done)/8, scale, zero, uint32(invert))
		}
		done = len(x) &^ 7
	}
	dequantizePortable(dst[done:], x[done:], scale, zero, invert)
}
