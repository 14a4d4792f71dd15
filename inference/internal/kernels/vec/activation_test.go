package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/kernels"
)

// exact holds each function in double precision, and how many units in the last place the results of assembly may be off.
var exact = []struct {
	name string
	a    Activation
	f    func(x float64) float64
	ulps float64
}{
	{"Identity", Activation{}, func(x float64) float64 { return x }, 0},
	{"Relu", Activation{Func: OfRelu}, func(x float64) float64 { return math.Max(x, 0) }, 0},
	{"Clip", Activation{OfClip, -0.5, 6}, func(x float64) float64 { return math.Min(math.Max(x, -0.5), 6) }, 0},
	{"LeakyRelu", Activation{Func: OfLeakyRelu, A: 0.25}, func(x float64) float64 { return math.Max(x, 0) + 0.25*math.Min(x, 0) }, 0.5},
	{"HardSigmoid", Activation{OfHardSigmoid, 0.25, 0.5}, func(x float64) float64 { return math.Min(math.Max(0.25*x+0.5, 0), 1) }, 0.5},
	{"HardSwish", Activation{Func: OfHardSwish}, func(x float64) float64 { return x * math.Min(math.Max(x/6+0.5, 0), 1) }, math.Inf(1)},
	{"Affine", Activation{OfAffine, 2, -1}, func(x float64) float64 { return 2*x - 1 }, 0.5},
	{"Abs", Activation{Func: OfAbs}, math.Abs, 0},
	{"Neg", Activation{Func: OfNeg}, func(x float64) float64 { return -x }, 0},
	{"Floor", Activation{Func: OfFloor}, math.Floor, 0},
	{"Ceil", Activation{Func: OfCeil}, math.Ceil, 0},
	{"Round", Activation{Func: OfRound}, math.RoundToEven, 0},
	{"Sqrt", Activation{Func: OfSqrt}, math.Sqrt, 0.5},
	{"Reciprocal", Activation{Func: OfReciprocal}, func(x float64) float64 { return 1 / x }, 0.5},
	{"Softsign", Activation{Func: OfSoftsign}, func(x float64) float64 { return x / (1 + math.Abs(x)) }, 2},
	{"Exp", Activation{Func: OfExp}, math.Exp, 1},
	{"Log", Activation{Func: OfLog}, math.Log, 2},
	{"Tanh", Activation{Func: OfTanh}, math.Tanh, 3},
	{"Sigmoid", Activation{Func: OfSigmoid}, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, 2.5},
	{"Swish", Activation{Func: OfSwish, A: 1}, func(x float64) float64 { return x / (1 + math.Exp(-x)) }, 3},
	{"Erf", Activation{Func: OfErf}, math.Erf, 3},
	{"Gelu", Activation{Func: OfGelu}, func(x float64) float64 { return 0.5 * x * math.Erfc(-x*math.Sqrt2/2) }, 6},
	{"GeluTanh", Activation{Func: OfGeluTanh}, func(x float64) float64 {
		return x / (1 + math.Exp(-2*math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	}, math.Inf(1)},
	{"Softplus", Activation{Func: OfSoftplus}, kernels.Softplus, 3},
	{"Elu", Activation{OfElu, 1, 1}, func(x float64) float64 { return math.Max(x, math.Expm1(math.Min(x, 0))) }, 3},
	{"Sin", Activation{Func: OfSin}, math.Sin, 2.5},
	{"Cos", Activation{Func: OfCos}, math.Cos, 2.5},
}

// tails are the functions with an exponential that AVX2 flushes to 0 below e^-87, times x in some.
var tails = map[Function]bool{OfSigmoid: true, OfSwish: true, OfGelu: true, OfGeluTanh: true, OfSoftplus: true}

// arguments returns numbers of all exponents, and the special ones.
func arguments() []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	var x []float32
	for e := range uint32(256) {
		for range 200 {
			x = append(x, math.Float32frombits(e<<23|r.Uint32()&(1<<31|1<<23-1)))
		}
		x = append(x, math.Float32frombits(e<<23), math.Float32frombits(1<<31|e<<23), math.Float32frombits(e<<23|1<<23-1))
	}
	for range 40000 {
		x = append(x, float32(r.NormFloat64()*6), float32(r.Float64()*240-120), float32(r.Float64()*4-2), 1+float32(r.NormFloat64()/1000))
	}
	return x
}

// off returns how far y is from want, in units in the last place of a float32 there.
func off(y float32, want float64) float64 {
	w := float32(want)
	switch {
	case y == w || y != y && w != w:
		return 0
	case y != y || w != w:
		return math.Inf(1)
	case math.IsInf(float64(w), 0):
		want = math.Copysign(1<<128, want)
		if !math.IsInf(float64(y), 0) {
			w = math.MaxFloat32
		}
	}
	if math.IsInf(float64(y), 0) {
		return math.Abs(math.Copysign(1<<128, float64(y))-want) / (1 << 104)
	}
	_, e := math.Frexp(want)
	return math.Abs(float64(y)-want) / math.Ldexp(1, max(e-24, -149))
}

func TestActivation(t *testing.T) {
	all := arguments()
	for _, l := range cpu.Levels() {
		for _, c := range exact {
			t.Run(fmt.Sprintf("%v/%s", l, c.name), func(t *testing.T) {
				y := make([]float32, len(all))
				c.a.Map(l, y, all)
				worst, at := 0.0, 0
				for i, x := range all {
					want := c.f(float64(x))
					if want != want && x == x { // of infinities
						continue
					}
					if tails[c.a.Func] && math.Abs(want) < 2e-36 && math.Abs(float64(y[i])) < 2e-36 {
						continue
					}
					if d := off(y[i], want); d > worst {
						worst, at = d, i
					}
				}
				t.Logf("%.2f ulp at %g: %g, want %g", worst, all[at], y[at], c.f(float64(all[at])))
				if worst > c.ulps && l != cpu.Portable {
					t.Errorf("%s(%g) = %g; want %g, at most %g ulp off", c.name, all[at], y[at], c.f(float64(all[at])), c.ulps)
				}
			})
		}
	}
}
