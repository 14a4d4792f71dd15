//go:build !noasm

package f32

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

func (p *LRN) run(l cpu.Level) {
	switch {
	case p.Beta != 0.75 || l < cpu.AVX2:
		p.portable()
	case l >= cpu.AVX512:
		lrnAVX512((*byte)(unsafe.Pointer(p)))
	default:
		lrnAVX2((*byte)(unsafe.Pointer(p)))
	}
}
