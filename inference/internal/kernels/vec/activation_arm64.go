//go:build !noasm

package vec

import (
	"math"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// Has reports whether there is assembly for a level.
func Has(l cpu.Level) bool { return l >= cpu.NEON }

// run is Map in assembly, for some elements at least.
func (a Activation) run(_ cpu.Level, dst, src []float32) {
	d, s, n := &dst[0], &src[0], len(dst)
	switch a.Func {
	case OfIdentity:
		copy(dst, src)
	case OfRelu:
		reluNEON(d, s, n)
	case OfClip:
		clipNEON(d, s, n, a.A, a.B)
	case OfLeakyRelu:
		leakyReluNEON(d, s, n, a.A, a.B)
	case OfHardSigmoid:
		hardSigmoidNEON(d, s, n, a.A, a.B)
	case OfHardSwish:
		hardSwishNEON(d, s, n)
	case OfAffine:
		affineNEON(d, s, n, a.A, a.B)
	case OfAbs:
		absNEON(d, s, n)
	case OfNeg:
		negNEON(d, s, n)
	case OfFloor:
		floorNEON(d, s, n)
	case OfCeil:
		ceilNEON(d, s, n)
	case OfRound:
		roundNEON(d, s, n)
	case OfSqrt:
		sqrtNEON(d, s, n)
	case OfReciprocal:
		reciprocalNEON(d, s, n)
	case OfSoftsign:
		softsignNEON(d, s, n)
	case OfExp:
		expNEON(d, s, n)
	case OfLog:
		logNEON(d, s, n)
	case OfTanh:
		tanhNEON(d, s, n)
	case OfSigmoid:
		sigmoidNEON(d, s, n)
	case OfSwish:
		swishNEON(d, s, n, a.A, a.B)
	case OfErf:
		erfNEON(d, s, n)
	case OfGelu:
		geluNEON(d, s, n)
	case OfGeluTanh:
		geluTanhNEON(d, s, n)
	case OfSoftplus:
		softplusNEON(d, s, n)
	case OfElu:
		eluNEON(d, s, n, a.A, a.B)
	case OfSin:
		if sinNEON(d, s, n) != 0 {
			mend(dst, math.Sin)
		}
	case OfCos:
		if cosNEON(d, s, n) != 0 {
			mend(dst, math.Cos)
		}
	}
}

// mend computes f of those elements which are arguments yet, because they are too far from 0 for the assembly. The others
// are results, between -1 and 1 but for rounding.
func mend(dst []float32, f func(x float64) float64) {
	for i, x := range dst {
		if x > 2 || x < -2 {
			dst[i] = float32(f(float64(x)))
		}
	}
}
