//go:build !noasm

package f32

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// hasWinograd reports whether a level has kernels for the transforms of Winograd's convolution: without, they take longer
// than they save.
func hasWinograd(l cpu.Level) bool { return l >= cpu.AVX2 }

func (t *winogradIn) run(l cpu.Level) {
	if l >= cpu.AVX512 {
		winogradInAVX512((*byte)(unsafe.Pointer(t)))
		return
	}
	winogradInAVX2((*byte)(unsafe.Pointer(t)))
}

func (t *winogradOut) run(l cpu.Level) {
	if l >= cpu.AVX512 {
		winogradOutAVX512((*byte)(unsafe.Pointer(t)))
		return
	}
	winogradOutAVX2((*byte)(unsafe.Pointer(t)))
}
