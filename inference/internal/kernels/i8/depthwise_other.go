//go:build noasm || (!amd64 && !arm64)

package i8

import "github.com/brinkml/brink/inference/internal/cpu"

func hasQuads(cpu.Level) bool { return false }

// Run computes the pixels with the kernel of a level, for which f was packed.
func (d *Depthwise) Run(cpu.Level, *Filters) { d.runPortable() }
