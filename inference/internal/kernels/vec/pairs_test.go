package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/brinkml/brink/inference/internal/cpu"
)

var pairNames = map[Pair]string{OfAdd: "Add", OfSub: "Sub", OfMul: "Mul", OfDiv: "Div", OfMax: "Max", OfMin: "Min"}

// special returns numbers of which some are none, infinite or 0.
func special(r *rand.Rand, n int) []float32 {
	x := random(r, n)
	for i := range x {
		switch r.IntN(20) {
		case 0:
			x[i] = float32(math.NaN())
		case 1:
			x[i] = float32(math.Inf(1 - 2*r.IntN(2)))
		case 2:
			x[i] = 0
		}
	}
	return x
}

// equal reports whether two numbers are the same, or both none. Zeros of both signs are the same.
func equal(x, y float32) bool { return x == y || x != x && y != y }

func TestPair(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, l := range cpu.Levels() {
		for p, name := range pairNames {
			for _, n := range append(rowLengths, callRun+1) {
				for form, lengths := range [][2]int{{n, n}, {n, 1}, {1, n}} {
					t.Run(fmt.Sprintf("%v/%s/%d/%d", l, name, n, form), func(t *testing.T) {
						a, b, shift := special(r, lengths[0]), special(r, lengths[1]), n%7
						want := make([]float32, n)
						p.portable(want, a, b)
						all, got := guarded(n, shift)
						p.Map(l, got, a, b)
						intact(t, all, n, shift)
						for i := range got {
							if !equal(got[i], want[i]) {
								t.Fatalf("[%d] of %g and %g = %g; want %g", i, a[min(i, len(a)-1)], b[min(i, len(b)-1)], got[i], want[i])
							}
						}
					})
				}
			}
		}
	}
}

// TestActivationAnywhere computes rows of all lengths, in place and not: each result depends on its argument alone, and
// nothing beside the row is written.
func TestActivationAnywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for _, l := range cpu.Levels() {
		for _, c := range exact {
			one := func(x float32) float32 {
				y := []float32{x}
				c.a.Map(l, y, y)
				return y[0]
			}
			for _, n := range append([]int{0}, rowLengths...) {
				checkAnywhere(t, fmt.Sprintf("%v: %s of %d elements", l, c.name, n), l, c.a, special(r, n), n%5, one)
			}
		}
	}
}

func checkAnywhere(t *testing.T, name string, l cpu.Level, a Activation, x []float32, shift int, one func(x float32) float32) {
	t.Helper()
	all, y := guarded(len(x), shift)
	a.Map(l, y, x)
	intact(t, all, len(x), shift)
	again, z := guarded(len(x), shift+1)
	copy(z, x)
	a.Apply(l, z)
	intact(t, again, len(x), shift+1)
	for i := range x {
		if want := one(x[i]); !equal(y[i], want) || !equal(z[i], want) {
			t.Fatalf("%s: [%d] of %g = %g, in place %g; alone it is %g", name, i, x[i], y[i], z[i], want)
		}
		if x[i] != x[i] && y[i] == y[i] {
			t.Fatalf("%s: [%d] of NaN = %g", name, i, y[i])
		}
	}
}

func FuzzActivation(f *testing.F) {
	for i := range exact {
		f.Add(uint8(i), uint32(0x3f800000+i<<20), uint8(3*i), uint8(i))
	}
	f.Fuzz(func(t *testing.T, which uint8, first uint32, n, shift uint8) {
		c := exact[int(which)%len(exact)]
		x := make([]float32, n)
		for i := range x {
			x[i] = math.Float32frombits(first + uint32(i)*0x9e3779b9)
		}
		for _, l := range fastLevels() {
			one := func(x float32) float32 {
				y := []float32{x}
				c.a.Map(l, y, y)
				return y[0]
			}
			checkAnywhere(t, c.name, l, c.a, x, int(shift%16), one)
			for _, v := range x {
				want := c.f(float64(v))
				got := one(v)
				if want != want || tails[c.a.Func] && math.Abs(want) < 2e-36 && math.Abs(float64(got)) < 2e-36 {
					continue
				}
				if d := off(got, want); d > c.ulps {
					t.Fatalf("%v: %s(%g) = %g; want %g, at most %g ulp off", l, c.name, v, got, want, c.ulps)
				}
			}
		}
	})
}
