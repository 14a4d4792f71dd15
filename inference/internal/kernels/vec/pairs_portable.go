package vec

import "github.com/brinkml/brink/inference/internal/kernels"

// portable is Map in plain Go.
func (p Pair) portable(dst, a, b []float32) {
	switch p {
	case OfAdd:
		kernels.Add(dst, a, b)
	case OfSub:
		kernels.Sub(dst, a, b)
	case OfMul:
		kernels.Mul(dst, a, b)
	case OfDiv:
		kernels.DivFloat(dst, a, b)
	case OfMax:
		kernels.Max(dst, a, b)
	case OfMin:
		kernels.Min(dst, a, b)
	}
}
