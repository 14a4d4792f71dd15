//go:build noasm || (!amd64 && !arm64)

package f32

import "github.com/brinkml/brink/inference/internal/cpu"

func depthwiseRows(cpu.Level) int { return portableShape.rows }

func (t *Tile) runDepthwise(cpu.Level) { t.runDepthwisePortable() }
