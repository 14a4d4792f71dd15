//go:build !noasm

package f32

import "github.com/brinkml/brink/inference/internal/cpu"

var neonShape = shape{rows: 8, width: 8}

func shapeOf(l cpu.Level) shape {
	if l >= cpu.NEON {
		return neonShape
	}
	return portableShape
}

// Run computes the tile with the kernel of a level, for which B was packed. Width is that of its panel.
func (t *Tile) Run(l cpu.Level, width int) {
	switch {
	case l < cpu.NEON:
		t.runPortable(width)
	case width == neonShape.width:
		tileNEON8(t)
	default:
		tileNEON4(t)
	}
}
