//go:build !amd64 || noasm

package i8

import "github.com/brinkml/brink/inference/internal/cpu"

func quantize(_ cpu.Level, dst []byte, x []float32, scale float32, zero int32, lo, hi float32) {
	quantizePortable(dst, x, scale, zero, lo, hi)
}

func rangeOf(_ cpu.Level, x []float32) (least, most float32) { return rangePortable(x) }

func dequantize(_ cpu.Level, dst []float32, x []byte, scale float32, zero int32, invert byte) {
	dequantizePortable(dst, x, scale, zero, invert)
}
