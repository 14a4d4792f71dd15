//go:build !noasm

package f32

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// depthwiseRows returns how many rows a tile of a depthwise convolution has at most.
func depthwiseRows(l cpu.Level) int {
	switch {
	case l >= cpu.AVX512:
		return 14
	case l == cpu.AVX2:
		return 12
	}
	return portableShape.rows
}

// runDepthwise computes the tile of a depthwise convolution with the kernel of a level.
func (t *Tile) runDepthwise(l cpu.Level) {
	switch {
	case l >= cpu.AVX512:
		depthwiseAVX512((*byte)(unsafe.Pointer(t)))
	case l == cpu.AVX2:
		depthwiseAVX2((*byte)(unsafe.Pointer(t)))
	default:
		t.runDepthwisePortable()
	}
}
