//go:build noasm || (!amd64 && !arm64)

package f32

import "github.com/brinkml/brink/inference/internal/cpu"

func shapeOf(cpu.Level) shape { return portableShape }

// Run computes the tile with the kernel of a level, for which B was packed. Width is that of its panel.
func (t *Tile) Run(_ cpu.Level, width int) { t.runPortable(width) }

func transposeBlocks(cpu.Level, []float32, []float32, int, int, int, int) (cols, k int) { return 0, 0 }
