//go:build noasm || !amd64

package f32

import "github.com/brinkml/brink/inference/internal/cpu"

// narrower returns the level with narrower panels that a convolution of few filters runs at: there is none.
func narrower(l cpu.Level) cpu.Level { return l }
