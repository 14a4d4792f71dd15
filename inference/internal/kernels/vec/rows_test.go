package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// fastLevels returns the levels that there is assembly for.
func fastLevels() []cpu.Level {
	var out []cpu.Level
	for _, l := range cpu.Levels() {
		if Has(l) {
			out = append(out, l)
		}
	}
	return out
}

// rowLengths are lengths of rows around those of vectors.
var rowLengths = []int{1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 100, 127, 256, 768, 1000}

const canary = float32(-12345.5)

// guarded returns n elements, at an address that is a multiple of 4 only, with canaries around them.
func guarded(n, shift int) (all, row []float32) {
	all = make([]float32, n+64+shift)
	for i := range all {
		all[i] = canary
	}
	return all, all[32+shift:][:n:n]
}

func intact(t *testing.T, all []float32, n, shift int) {
	t.Helper()
	for i, x := range all {
		if (i < 32+shift || i >= 32+shift+n) && x != canary {
			t.Fatalf("element %d beside the row is %g; want what was there", i-32-shift, x)
		}
	}
}

func random(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64() * 3)
	}
	return x
}

func near(got, want, tolerance float64) bool {
	return got == want || math.Abs(got-want) <= tolerance || got != got && want != want
}

func TestSoftmax(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, l := range fastLevels() {
		for _, n := range rowLengths {
			for _, log := range []bool{false, true} {
				rows, shift := 3, n%5
				x := random(r, rows*n)
				if n > 1 {
					x[n] = float32(math.Inf(-1))
				}
				all, y := guarded(rows*n, shift)
				Softmax(l, y, x, n, log)
				intact(t, all, rows*n, shift)
				for row := range rows {
					x, y := x[row*n:][:n], y[row*n:][:n]
					peak, sum := math.Inf(-1), 0.0
					for _, v := range x {
						peak = max(peak, float64(v))
					}
					for _, v := range x {
						sum += math.Exp(float64(v) - peak)
					}
					for i, v := range x {
						want := math.Exp(float64(v)-peak) / sum
						if log {
							want = float64(v) - peak - math.Log(sum)
						}
						if !near(float64(y[i]), want, 4e-7*math.Abs(want)+2e-7*math.Abs(float64(v)-peak)*want+1e-38) && !(log && near(float64(y[i]), want, 2e-6+2e-7*math.Abs(want))) {
							t.Fatalf("%v: Softmax of %d elements, log %v: [%d] = %g; want %g", l, n, log, i, y[i], want)
						}
					}
				}
			}
		}
		nan := []float32{1, float32(math.NaN()), 2}
		Softmax(l, nan, nan, 3, false)
		if nan[0] == nan[0] {
			t.Errorf("%v: Softmax of a row with NaN = %v; want NaN", l, nan)
		}
	}
}

func TestReductions(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, l := range fastLevels() {
		for _, n := range append(rowLengths, callRun+3) {
			x := random(r, n)
			sum, squares, size := 0.0, 0.0, 0.0
			for _, v := range x {
				sum += float64(v)
				squares += float64(v) * float64(v)
				size += math.Abs(float64(v))
			}
			if got := Sum(l, x); !near(float64(got), sum, 1e-6*size) {
				t.Errorf("%v: Sum of %d elements = %g; want %g", l, n, got, sum)
			}
			if got := Squares(l, x); !near(float64(got), squares, 1e-6*squares) {
				t.Errorf("%v: Squares of %d elements = %g; want %g", l, n, got, squares)
			}
		}
	}
}

func TestNorm(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	pointer := func(x []float32, use bool) unsafe.Pointer {
		if !use {
			return nil
		}
		return unsafe.Pointer(&x[0])
	}
	for _, l := range fastLevels() {
		for _, n := range rowLengths {
			for mode := range 32 {
				skips, biased, beta, out, rms := mode&1 != 0, mode&3 == 3, mode&4 != 0, mode&8 != 0, mode&16 != 0
				t.Run(fmt.Sprintf("%v/%d/%d", l, n, mode), func(t *testing.T) {
					rows, shift := 3, n%5
					x, skip, bias, g, b := random(r, rows*n), random(r, rows*n), random(r, n), random(r, n), random(r, n)
					allY, y := guarded(rows*n, shift)
					allS, s := guarded(rows*n, shift)
					allM, mean := guarded(rows, 1)
					allI, inv := guarded(rows, 2)
					Norm{
						Dst: unsafe.Pointer(&y[0]), Src: unsafe.Pointer(&x[0]), Skip: pointer(skip, skips), Bias: pointer(bias, biased),
						Gamma: unsafe.Pointer(&g[0]), Beta: pointer(b, beta), Sum: pointer(s, skips && out), Mean: pointer(mean, out), Inv: pointer(inv, out),
						N: n, Rows: rows, Epsilon: 1e-3, RMS: rms,
					}.Run(l)
					intact(t, allY, rows*n, shift)
					intact(t, allS, rows*n, shift)
					intact(t, allM, rows, 1)
					intact(t, allI, rows, 2)
					for row := range rows {
						v := make([]float64, n)
						m, squares := 0.0, 0.0
						for i := range v {
							v[i] = float64(x[row*n+i])
							if skips {
								v[i] += float64(skip[row*n+i])
							}
							if biased {
								v[i] += float64(bias[i])
							}
							m += v[i] / float64(n)
						}
						if rms {
							m = 0
						}
						for i := range v {
							squares += (v[i] - m) * (v[i] - m) / float64(n)
						}
						by := 1 / math.Sqrt(squares+1e-3)
						if out && (!near(float64(mean[row]), m, 2e-6) || !near(float64(inv[row]), by, 1e-4*by)) {
							t.Errorf("mean and inverse deviation = %g, %g; want %g, %g", mean[row], inv[row], m, by)
						}
						for i := range v {
							want := (v[i] - m) * by * float64(g[i])
							if beta {
								want += float64(b[i])
							}
							if got := y[row*n+i]; !near(float64(got), want, 1e-6*(math.Abs(want)+10*(1+by)*math.Abs(float64(g[i])))) {
								t.Fatalf("[%d] = %g; want %g", i, got, want)
							}
							if skips && out && !near(float64(s[row*n+i]), v[i], 1e-5) {
								t.Fatalf("sum [%d] = %g; want %g", i, s[row*n+i], v[i])
							}
						}
					}
				})
			}
		}
	}
}

// TestNormStays checks that a call leaves its argument as it is: a pointer that is moved on ends up behind the last row,
// and the garbage collector must not find it there.
func TestNormStays(t *testing.T) {
	for _, l := range fastLevels() {
		x := make([]float32, 5*9)
		at := unsafe.Pointer(&x[0])
		p := Norm{Dst: at, Src: at, Skip: at, Bias: at, Gamma: at, Beta: at, Sum: at, Mean: at, Inv: at, N: 9, Rows: 5, Epsilon: 1}
		before := p
		p.some(l)
		if p != before {
			t.Errorf("%v: after a call Norm is %+v; want %+v", l, p, before)
		}
	}
}
