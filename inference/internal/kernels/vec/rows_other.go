//go:build noasm || (!amd64 && !arm64)

package vec

import "github.com/brinkml/brink/inference/internal/cpu"

// There is no assembly, so nobody calls these.

func softmaxRows(cpu.Level, *float32, *float32, int, int, bool) {}
func sumRow(cpu.Level, *float32, int) float32                   { return 0 }
func squareRow(cpu.Level, *float32, int) float32                { return 0 }
func (p *Norm) some(cpu.Level)                                  {}
