//go:build noasm || !amd64

package f32

import "github.com/brinkml/brink/inference/internal/cpu"

func hasWinograd(cpu.Level) bool { return false }

func (t *winogradIn) run(cpu.Level) { t.runPortable() }

func (t *winogradOut) run(cpu.Level) { t.runPortable() }
