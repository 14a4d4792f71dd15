//go:build !noasm

package vec

import "github.com/brinkml/brink/inference/internal/cpu"

// run is Map in assembly, for some elements at least.
func (p Pair) run(l cpu.Level, dst, a, b []float32) {
	if l >= cpu.AVX512 {
		p.avx512(dst, a, b)
	} else {
		p.avx2(dst, a, b)
	}
}

func (p Pair) avx512(dst, a, b []float32) {
	d, x, y, n := &dst[0], &a[0], &b[0], len(dst)
	switch {
	case len(b) == 1 && n > 1:
		switch p {
		case OfAdd:
			addWithAVX512(d, x, y, n)
		case OfSub:
			subWithAVX512(d, x, y, n)
		case OfMul:
			mulWithAVX512(d, x, y, n)
		case OfDiv:
			divWithAVX512(d, x, y, n)
		case OfMax:
			maxWithAVX512(d, x, y, n)
		case OfMin:
			minWithAVX512(d, x, y, n)
		}
	case len(a) == 1 && n > 1:
		switch p {
		case OfAdd:
			addWithAVX512(d, y, x, n)
		case OfSub:
			subFromAVX512(d, x, y, n)
		case OfMul:
			mulWithAVX512(d, y, x, n)
		case OfDiv:
			divFromAVX512(d, x, y, n)
		case OfMax:
			maxWithAVX512(d, y, x, n)
		case OfMin:
			minWithAVX512(d, y, x, n)
		}
	default:
		switch p {
		case OfAdd:
			addAVX512(d, x, y, n)
		case OfSub:
			subAVX512(d, x, y, n)
		case OfMul:
			mulAVX512(d, x, y, n)
		case OfDiv:
			divAVX512(d, x, y, n)
		case OfMax:
			maxAVX512(d, x, y, n)
		case OfMin:
			minAVX512(d, x, y, n)
		}
	}
}

func (p Pair) avx2(dst, a, b []float32) {
	d, x, y, n := &dst[0], &a[0], &b[0], len(dst)
	switch {
	case len(b) == 1 && n > 1:
		switch p {
		case OfAdd:
			addWithAVX2(d, x, y, n)
		case OfSub:
			subWithAVX2(d, x, y, n)
		case OfMul:
			mulWithAVX2(d, x, y, n)
		case OfDiv:
			divWithAVX2(d, x, y, n)
		case OfMax:
			maxWithAVX2(d, x, y, n)
		case OfMin:
			minWithAVX2(d, x, y, n)
		}
	case len(a) == 1 && n > 1:
		switch p {
		case OfAdd:
			addWithAVX2(d, y, x, n)
		case OfSub:
			subFromAVX2(d, x, y, n)
		case OfMul:
			mulWithAVX2(d, y, x, n)
		case OfDiv:
			divFromAVX2(d, x, y, n)
		case OfMax:
			maxWithAVX2(d, y, x, n)
		case OfMin:
			minWithAVX2(d, y, x, n)
		}
	default:
		switch p {
		case OfAdd:
			addAVX2(d, x, y, n)
		case OfSub:
			subAVX2(d, x, y, n)
		case OfMul:
			mulAVX2(d, x, y, n)
		case OfDiv:
			divAVX2(d, x, y, n)
		case OfMax:
			maxAVX2(d, x, y, n)
		case OfMin:
			minAVX2(d, x, y, n)
		}
	}
}
