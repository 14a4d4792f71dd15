package vec

import (
	"math"

	"github.com/brinkml/brink/inference/internal/kernels"
)

var inf = float32(math.Inf(1))

// portable is Map in plain Go.
func (a Activation) portable(dst, src []float32) {
	switch a.Func {
	case OfIdentity:
		copy(dst, src)
	case OfRelu:
		kernels.Relu(dst, src)
	case OfClip:
		kernels.Clip(dst, src, a.A, a.B)
	case OfLeakyRelu:
		kernels.LeakyRelu(dst, src, a.A)
	case OfHardSigmoid:
		kernels.HardSigmoid(dst, src, a.A, a.B)
	case OfHardSwish:
		kernels.HardSwish(dst, src)
	case OfAffine:
		for i, x := range src {
			dst[i] = a.A*x + a.B
		}
	case OfAbs:
		kernels.Abs(dst, src)
	case OfNeg:
		kernels.Neg(dst, src)
	case OfFloor:
		kernels.Floor(dst, src)
	case OfCeil:
		kernels.Ceil(dst, src)
	case OfRound:
		kernels.Round(dst, src)
	case OfSqrt:
		kernels.Sqrt(dst, src)
	case OfReciprocal:
		kernels.Reciprocal(dst, src)
	case OfSoftsign:
		kernels.Softsign(dst, src)
	case OfExp:
		kernels.Exp32(dst, src)
	case OfLog:
		kernels.Log(dst, src)
	case OfTanh:
		kernels.Tanh32(dst, src)
	case OfSigmoid:
		kernels.Sigmoid32(dst, src)
	case OfSwish:
		kernels.Swish(dst, src, a.A)
	case OfErf:
		kernels.Each(dst, src, math.Erf)
	case OfGelu:
		kernels.Each(dst, src, kernels.Gelu)
	case OfGeluTanh:
		kernels.GeluTanh32(dst, src)
	case OfSoftplus:
		kernels.Each(dst, src, kernels.Softplus)
	case OfElu:
		kernels.Elu(dst, src, a.A, a.B)
	case OfSin:
		kernels.Each(dst, src, math.Sin)
	case OfCos:
		kernels.Each(dst, src, math.Cos)
	}
}
