//go:build !noasm

package f32

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

func (p *Pool) max(l cpu.Level) {
	switch {
	case l >= cpu.AVX512:
		poolMaxAVX512((*byte)(unsafe.Pointer(p)))
	case l == cpu.AVX2:
		poolMaxAVX2((*byte)(unsafe.Pointer(p)))
	default:
		p.maxPortable()
	}
}

func (p *Pool) mean(l cpu.Level) {
	switch {
	case l >= cpu.AVX512:
		poolMeanAVX512((*byte)(unsafe.Pointer(p)))
	case l == cpu.AVX2:
		poolMeanAVX2((*byte)(unsafe.Pointer(p)))
	default:
		p.meanPortable()
	}
}
