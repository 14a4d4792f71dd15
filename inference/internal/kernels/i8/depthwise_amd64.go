//go:build !noasm

package i8

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// hasQuads reports whether the level has a kernel that takes four taps at a time.
func hasQuads(l cpu.Level) bool { return l >= cpu.VNNI }

// Run computes the pixels with the kernel of a level, for which f was packed.
func (d *Depthwise) Run(l cpu.Level, f *Filters) {
	side := *d
	if f.Quads {
		if d.Signed != 0 {
			side.Zero += 128 // results are narrowed to uint8
		}
		depthwiseVNNI((*byte)(unsafe.Pointer(&side)))
		return
	}
	if done := d.Channels &^ 7; l >= cpu.AVX2 && done > 0 {
		depthwiseAVX2((*byte)(unsafe.Pointer(&side)))
		if side.Channels -= done; side.Channels == 0 {
			return
		}
		side.X, side.Y, side.W = unsafe.Add(d.X, done), unsafe.Add(d.Y, done), unsafe.Add(d.W, 2*done)
		side.Bias, side.Scale = unsafe.Add(d.Bias, 4*done), unsafe.Add(d.Scale, 4*done)
	}
	side.runPortable()
}
