//go:build !noasm

package recurrence

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

func (a *Product) run(l cpu.Level, p *Weights) {
	arg := (*byte)(unsafe.Pointer(a))
	gates := p.Cell.Gates()
	switch {
	case l >= cpu.AVX512 && gates == 4:
		product4AVX512(arg)
	case l >= cpu.AVX512 && gates == 3:
		product3AVX512(arg)
	case l >= cpu.AVX512:
		product1AVX512(arg)
	case l == cpu.AVX2 && gates == 4:
		product4AVX2(arg)
	case l == cpu.AVX2 && gates == 3:
		product3AVX2(arg)
	case l == cpu.AVX2:
		product1AVX2(arg)
	default:
		a.portable(p)
	}
}

func (s *Steps) run(l cpu.Level, p *Weights) {
	arg := (*byte)(unsafe.Pointer(s))
	switch {
	case l >= cpu.AVX512:
		switch p.Cell {
		case LSTM:
			lstmAVX512(arg)
		case GRU:
			gruAVX512(arg)
		case GRULinear:
			gruLinearAVX512(arg)
		case RNN:
			rnnAVX512(arg)
		}
	case l == cpu.AVX2:
		switch p.Cell {
		case LSTM:
			lstmAVX2(arg)
		case GRU:
			gruAVX2(arg)
		case GRULinear:
			gruLinearAVX2(arg)
		case RNN:
			rnnAVX2(arg)
		}
	default:
		s.portable(p)
	}
}
