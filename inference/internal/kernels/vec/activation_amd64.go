//go:build !noasm

package vec

import (
	"math"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// Has reports whether there is assembly for a level.
func Has(l cpu.Level) bool { return l >= cpu.AVX2 }

// run is Map in assembly, for some elements at least.
func (a Activation) run(l cpu.Level, dst, src []float32) {
	if l >= cpu.AVX512 {
		a.avx512(dst, src)
	} else {
		a.avx2(dst, src)
	}
}

func (a Activation) avx512(dst, src []float32) {
	d, s, n := &dst[0], &src[0], len(dst)
	switch a.Func {
	case OfIdentity:
		copy(dst, src)
	case OfRelu:
		reluAVX512(d, s, n)
	case OfClip:
		clipAVX512(d, s, n, a.A, a.B)
	case OfLeakyRelu:
		leakyReluAVX512(d, s, n, a.A, a.B)
	case OfHardSigmoid:
		hardSigmoidAVX512(d, s, n, a.A, a.B)
	case OfHardSwish:
		hardSwishAVX512(d, s, n)
	case OfAffine:
		affineAVX512(d, s, n, a.A, a.B)
	case OfAbs:
		absAVX512(d, s, n)
	case OfNeg:
		negAVX512(d, s, n)
	case OfFloor:
		floorAVX512(d, s, n)
	case OfCeil:
		ceilAVX512(d, s, n)
	case OfRound:
		roundAVX512(d, s, n)
	case OfSqrt:
		sqrtAVX512(d, s, n)
	case OfReciprocal:
		reciprocalAVX512(d, s, n)
	case OfSoftsign:
		softsignAVX512(d, s, n)
	case OfExp:
		expAVX512(d, s, n)
	case OfLog:
		logAVX512(d, s, n)
	case OfTanh:
		tanhAVX512(d, s, n)
	case OfSigmoid:
		sigmoidAVX512(d, s, n)
	case OfSwish:
		swishAVX512(d, s, n, a.A, a.B)
	case OfErf:
		erfAVX512(d, s, n)
	case OfGelu:
		geluAVX512(d, s, n)
	case OfGeluTanh:
		geluTanhAVX512(d, s, n)
	case OfSoftplus:
		softplusAVX512(d, s, n)
	case OfElu:
		eluAVX512(d, s, n, a.A, a.B)
	case OfSin:
		if sinAVX512(d, s, n) != 0 {
			mend(dst, math.Sin)
		}
	case OfCos:
		if cosAVX512(d, s, n) != 0 {
			mend(dst, math.Cos)
		}
	}
}

func (a Activation) avx2(dst, src []float32) {
	d, s, n := &dst[0], &src[0], len(dst)
	switch a.Func {
	case OfIdentity:
		copy(dst, src)
	case OfRelu:
		reluAVX2(d, s, n)
	case OfClip:
		clipAVX2(d, s, n, a.A, a.B)
	case OfLeakyRelu:
		leakyReluAVX2(d, s, n, a.A, a.B)
	case OfHardSigmoid:
		hardSigmoidAVX2(d, s, n, a.A, a.B)
	case OfHardSwish:
		hardSwishAVX2(d, s, n)
	case OfAffine:
		affineAVX2(d, s, n, a.A, a.B)
	case OfAbs:
		absAVX2(d, s, n)
	case OfNeg:
		negAVX2(d, s, n)
	case OfFloor:
		floorAVX2(d, s, n)
	case OfCeil:
		ceilAVX2(d, s, n)
	case OfRound:
		roundAVX2(d, s, n)
	case OfSqrt:
		sqrtAVX2(d, s, n)
	case OfReciprocal:
		reciprocalAVX2(d, s, n)
	case OfSoftsign:
		softsignAVX2(d, s, n)
	case OfExp:
		expAVX2(d, s, n)
	case OfLog:
		logAVX2(d, s, n)
	case OfTanh:
		tanhAVX2(d, s, n)
	case OfSigmoid:
		sigmoidAVX2(d, s, n)
	case OfSwish:
		swishAVX2(d, s, n, a.A, a.B)
	case OfErf:
		erfAVX2(d, s, n)
	case OfGelu:
		geluAVX2(d, s, n)
	case OfGeluTanh:
		geluTanhAVX2(d, s, n)
	case OfSoftplus:
		softplusAVX2(d, s, n)
	case OfElu:
		eluAVX2(d, s, n, a.A, a.B)
	case OfSin:
		if sinAVX2(d, s, n) != 0 {
			mend(dst, math.Sin)
		}
	case OfCos:
		if cosAVX2(d, s, n) != 0 {
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
