package i8

import "github.com/brinkml/brink/inference/internal/cpu"

// Quantize sets each byte of dst to round(x/scale) + zero, half to even, or to what is nearest to that between least and
// most. NaN becomes least.
func Quantize(l cpu.Level, dst []byte, x []float32, scale float32, zero, least, most int32) {
	if len(dst) == 0 {
		return
	}
	x = x[:len(dst)]
	quantize(l, dst, x, scale, zero, float32(least-zero), float32(most-zero))
}

func quantizePortable(dst []byte, x []float32, scale float32, zero int32, lo, hi float32) {
	for i, v := range x {
		dst[i] = byte(nearest(clamp(v/scale, lo, hi)) + zero)
	}
}

// Range returns the least and the greatest number of x and 0. What is no number counts for nothing.
func Range(l cpu.Level, x []float32) (least, most float32) {
	if len(x) == 0 {
		return 0, 0
	}
	return rangeOf(l, x)
}

func rangePortable(x []float32) (least, most float32) {
	for _, v := range x {
		if v < least {
			least = v
		}
		if v > most {
			most = v
		}
	}
	return least, most
}

// Dequantize sets each element of dst to (x - zero) * scale, for bytes that are int8 when signed is set.
func Dequantize(l cpu.Level, dst []float32, x []byte, scale float32, zero int32, signed bool) {
	if len(dst) == 0 {
		return
	}
	invert := byte(0)
	if signed {
		invert, zero = 0x80, zero+128
	}
	dequantize(l, dst, x[:len(dst)], scale, zero, invert)
}

func dequantizePortable(dst []float32, x []byte, scale float32, zero int32, invert byte) {
	for i, v := range x {
		dst[i] = float32(int32(v^invert)-zero) * scale
	}
}
