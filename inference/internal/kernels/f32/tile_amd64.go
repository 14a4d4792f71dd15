//go:build !noasm

package f32

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

func shapeOf(l cpu.Level) shape {
	switch {
	case l >= cpu.AVX512:
		return shape{rows: 14, width: 32}
	case l == cpu.AVX2:
		return shape{rows: 6, width: 16}
	}
	return portableShape
}

// Run computes the tile with the kernel of a level, for which B was packed. Width is that of its panel.
func (t *Tile) Run(l cpu.Level, width int) {
	switch {
	case l >= cpu.AVX512:
		tileAVX512((*byte)(unsafe.Pointer(t)), width)
	case l == cpu.AVX2:
		tileAVX2((*byte)(unsafe.Pointer(t)), width)
	default:
		t.runPortable(width)
	}
}

// transposeBlocks does the part of packTransposed that consists of whole blocks, and returns how far it got: so many
// columns of so many rows.
func transposeBlocks(l cpu.Level, dst, src []float32, stride, k, cols, width int) (doneCols, doneK int) {
	const block = 8
	doneCols, doneK = cols/block*block, k/block*block
	if l < cpu.AVX2 || doneCols == 0 || doneK == 0 {
		return 0, 0
	}
	for c := 0; c < doneCols; c += block {
		_ = src[(c+block-1)*stride:][:doneK]
		_ = dst[(doneK-1)*width+c:][:block]
		transposeAVX2(&dst[c], &src[c*stride], 4*width, 4*stride, doneK/block)
	}
	return doneCols, doneK
}
