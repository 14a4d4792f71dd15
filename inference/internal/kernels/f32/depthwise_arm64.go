//go:build !noasm

package f32

import "github.com/brinkml/brink/inference/internal/cpu"

// depthwiseRows returns how many rows a tile of a depthwise convolution has at most.
func depthwiseRows(cpu.Level) int { return 4 }

// runDepthwise computes the tile of a depthwise convolution with the kernel of a level.
func (t *Tile) runDepthwise(l cpu.Level) {
	if l >= cpu.NEON {
		depthwiseNEON(t)
		return
	}
	t.runDepthwisePortable()
}
