//go:build noasm || !amd64

package f32

import "github.com/brinkml/brink/inference/internal/cpu"

func narrower(l cpu.Level) cpu.Level { return l }
