//go:build !noasm

package i8

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// hasQuads reports whether the level has a kernel that takes four taps at a time.
func hasQuads(l cpu.Level) bool { return l >= cpu.VNNI }

// Run computes the pixels with the kernel of a level, for which f was packed.
func (d *Depthwise) Run(_ cpu.Level, f *Filters) {
	if !f.Quads {
		d.runPortable()
		return
	}
	side := *d
	if d.Signed != 0 {
		side.Zero += 128 // results are narrowed to uint8
	}
	depthwiseVNNI((*byte)(unsafe.Pointer(&side)))
}
