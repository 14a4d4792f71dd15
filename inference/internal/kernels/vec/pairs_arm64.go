//go:build !noasm

package vec

import "github.com/brinkml/brink/inference/internal/cpu"

// run is Map in assembly, for some elements at least.
func (p Pair) run(_ cpu.Level, dst, a, b []float32) {
	d, x, y, n := &dst[0], &a[0], &b[0], len(dst)
	switch {
	case len(b) == 1 && n > 1:
		switch p {
		case OfAdd:
			addWithNEON(d, x, y, n)
		case OfSub:
			subWithNEON(d, x, y, n)
		case OfMul:
			mulWithNEON(d, x, y, n)
		case OfDiv:
			divWithNEON(d, x, y, n)
		case OfMax:
			maxWithNEON(d, x, y, n)
		case OfMin:
			minWithNEON(d, x, y, n)
		}
	case len(a) == 1 && n > 1:
		switch p {
		case OfAdd:
			addWithNEON(d, y, x, n)
		case OfSub:
			subFromNEON(d, x, y, n)
		case OfMul:
			mulWithNEON(d, y, x, n)
		case OfDiv:
			divFromNEON(d, x, y, n)
		case OfMax:
			maxWithNEON(d, y, x, n)
		case OfMin:
			minWithNEON(d, y, x, n)
		}
	default:
		switch p {
		case OfAdd:
			addNEON(d, x, y, n)
		case OfSub:
			subNEON(d, x, y, n)
		case OfMul:
			mulNEON(d, x, y, n)
		case OfDiv:
			divNEON(d, x, y, n)
		case OfMax:
			maxNEON(d, x, y, n)
		case OfMin:
			minNEON(d, x, y, n)
		}
	}
}
