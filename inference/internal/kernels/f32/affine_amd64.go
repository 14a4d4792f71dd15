//go:build !noasm

package f32

import (
	"math"

	"github.com/brinkml/brink/inference/internal/cpu"
)

func affine(l cpu.Level, dst, src, scale, shift []float32, relu bool) {
	channels := len(scale)
	rows, whole := len(src)/channels, 0
	low := float32(math.Inf(-1))
	if relu {
		low = 0
	}
	switch {
	case l >= cpu.AVX512 && channels >= 16:
		whole = channels &^ 15
		affineAVX512(&dst[0], &src[0], &scale[0], &shift[0], rows, whole, 4*channels, low)
	case l >= cpu.AVX2 && l <= cpu.VNNI && channels >= 8:
		whole = channels &^ 7
		affineAVX2(&dst[0], &src[0], &scale[0], &shift[0], rows, whole, 4*channels, low)
	}
	if whole == channels {
		return
	}
	for at := 0; at < len(src); at += channels {
		affinePortable(dst[at+whole:at+channels], src[at+whole:at+channels], scale[whole:], shift[whole:], relu)
	}
}
