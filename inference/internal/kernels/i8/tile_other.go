//go:build noasm || (!amd64 && !arm64)

package i8

import "github.com/brinkml/brink/inference/internal/cpu"

func shapeOf(cpu.Level) shape { return portableShape }

// Run computes the tile with the kernel of a level, for which B was packed.
func (t *Tile) Run(cpu.Level) { t.runPortable() }
