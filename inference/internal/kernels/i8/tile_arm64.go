//go:build !noasm

package i8

import "github.com/brinkml/brink/inference/internal/cpu"

var (
	dotProdShape = shape{run: 4, width: 8}
	neonShape    = shape{run: 4, width: 8, wide: true}
)

func shapeOf(l cpu.Level) shape {
	switch {
	case l >= cpu.DotProd:
		return dotProdShape
	case l == cpu.NEON:
		return neonShape
	}
	return portableShape
}

// Run computes the tile with the kernel of a level, for which B was packed.
func (t *Tile) Run(l cpu.Level) {
	wide := t.Width == dotProdShape.width
	switch {
	case l >= cpu.DotProd && wide:
		tileDotProd8(t)
	case l >= cpu.DotProd:
		tileDotProd4(t)
	case l < cpu.NEON:
		t.runPortable()
	case wide:
		tileNEON8(t)
	default:
		tileNEON4(t)
	}
}
