package kernels

import (
	"math"
	"testing"
)

// TestSinglePrecision checks the functions of exp.go against float64 over the whole range of their arguments.
func TestSinglePrecision(t *testing.T) {
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	for _, f := range []struct {
		name string
		got  func(float32) float32
		want func(float64) float64
	}{
		{"exp", exp32, math.Exp},
		{"tanh", tanh32, math.Tanh},
		{"sigmoid", sigmoid32, sigmoid},
	} {
		worst := 0.0
		check := func(x float32) {
			got, want := f.got(x), f.want(float64(x))
			exact := float32(want)
			ulp := float64(math.Nextafter32(float32(math.Abs(float64(exact))), math.MaxFloat32)) - math.Abs(float64(exact))
			if math.IsInf(float64(exact), 0) || exact == got || exact != exact && got != got {
				return
			}
			if e := math.Abs(float64(got)-want) / ulp; e > worst {
				worst = e
			}
			if worst > 4 {
				t.Fatalf("%s(%g) = %g; want %g, off by %.1f ulp", f.name, x, got, want, worst)
			}
		}
		for x := float32(-110); x < 95; x += 0.00137 {
			check(x)
		}
		for x := float32(1e-30); x < 200; x *= 1.001 {
			check(x)
			check(-x)
		}
		for _, x := range []float64{0, math.Inf(1), math.Inf(-1), math.NaN(), 87, 88, -87, -88} {
			check(float32(x))
		}
		t.Logf("%s: worst error %.2f ulp", f.name, worst)
	}
}
