package ops

import (
	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

// activation32 is activationOf for float32, in assembly where there is some for the level.
func activation32(l cpu.Level, name string, params []float32) (activation[float32], error) {
	if a, ok := vec.Named(name, params); ok && name != "" && vec.Has(l) {
		return func(v []float32) { a.Apply(l, v) }, nil
	}
	return activationOf[float32](name, params)
}
