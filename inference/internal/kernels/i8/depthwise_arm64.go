//go:build !noasm

package i8

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

func hasQuads(cpu.Level) bool { return false }

// Run computes the pixels with the kernel of a level, for which f was packed.
func (d *Depthwise) Run(l cpu.Level, _ *Filters) {
	rest := *d
	if done := d.Channels &^ 7; l >= cpu.NEON && done > 0 {
		depthwiseNEON(d)
		if rest.Channels -= done; rest.Channels == 0 {
			return
		}
		rest.X, rest.Y, rest.W = unsafe.Add(d.X, done), unsafe.Add(d.Y, done), unsafe.Add(d.W, 2*done)
		rest.Bias, rest.Scale = unsafe.Add(d.Bias, 4*done), unsafe.Add(d.Scale, 4*done)
	}
	rest.runPortable()
}
