//go:build noasm || (!amd64 && !arm64)

package vec

import "github.com/brinkml/brink/inference/internal/cpu"

// Has reports whether there is assembly for a level.
func Has(cpu.Level) bool { return false }

// run is portable: there is no assembly.
func (a Activation) run(_ cpu.Level, dst, src []float32) { a.portable(dst, src) }

// run is portable: there is no assembly.
func (p Pair) run(_ cpu.Level, dst, a, b []float32) { p.portable(dst, a, b) }
