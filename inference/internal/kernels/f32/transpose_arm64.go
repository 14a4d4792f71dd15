//go:build !noasm

package f32

import "github.com/brinkml/brink/inference/internal/cpu"

// transposeBlocks leaves all to portable code.
func transposeBlocks(cpu.Level, []float32, []float32, int, int, int, int) (cols, k int) { return 0, 0 }
