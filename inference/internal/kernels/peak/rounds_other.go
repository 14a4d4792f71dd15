//go:build noasm || !amd64

package peak

import "github.com/brinkml/brink/inference/internal/cpu"

func floats(cpu.Level, int) float64 { return 0 }
func bytes(cpu.Level, int) float64  { return 0 }
