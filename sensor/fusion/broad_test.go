package fusion_test

import (
	"math"
	"testing"

	"github.com/brinkml/brink/sensor/fusion"
)

// rmse is the error of a filter in a trial, as BROAD defines it (Laidig, Caruso, Cereatti and Seel, Data 6 (2021) 72): root mean
// squares in degrees, while the body moves and its orientation is known. The error is a rotation in the world's axes; the
// part of it about the vertical is the heading's, and the rest the inclination's.
type rmse struct{ total, heading, inclination float64 }

func score(t testing.TB, f fusion.Filter, trial [][]float64) rmse {
	t.Helper()
	var sum rmse
	n := 0.0
	for i, row := range trial {
		if !f.Update(sampleOf(row)) {
			t.Fatalf("sample %d was refused", i)
		}
		truth := fusion.Quaternion{W: row[9], X: row[10], Y: row[11], Z: row[12]}
		if row[13] == 0 || math.IsNaN(truth.Norm()) {
			continue
		}
		n++
		d := f.Orientation().Quat9D.Mul(truth.Conj()).Normalized()
		square := func(x float64) float64 { return x * x }
		sum.total += square(2 * math.Acos(min(math.Abs(d.W), 1)))
		sum.heading += square(2 * math.Atan(math.Abs(d.Z/d.W)))
		sum.inclination += square(2 * math.Acos(min(math.Hypot(d.W, d.Z), 1)))
	}
	root := func(x float64) float64 { return math.Sqrt(x/n) / fusion.Degree }
	return rmse{root(sum.total), root(sum.heading), root(sum.inclination)}
}

// TestBROAD runs all filters with their defaults. The first bound is the error of VQF's authors' implementation plus 0.05°;
// the others are what was measured here plus 0.05°. BROAD's authors published 1.50, 1.26, 0.80 for Madgwick and 2.97,
// 2.89, 0.66 for Mahony with the same gains; theirs start and step otherwise.
func TestBROAD(t *testing.T) {
	trial := table(t, shared(t, "broad_02_undisturbed_slow_rotation_B_285.714Hz.csv"))
	for name, limit := range map[string]rmse{
		"VQF":      {1.382, 1.313, 0.429},
		"Madgwick": {1.671, 1.415, 0.888},
		"Mahony":   {2.860, 2.783, 0.656},
		"Tilt":     {8.916, 8.007, 3.934},
	} {
		t.Run(name, func(t *testing.T) {
			got := score(t, filters(t)[name], trial)
			t.Logf("total %.3f°, heading %.3f°, inclination %.3f°", got.total, got.heading, got.inclination)
			const more = 0.05
			if got.total > limit.total+more || got.heading > limit.heading+more || got.inclination > limit.inclination+more {
				t.Errorf("errors = %+v; want at most %+v, each plus %v", got, limit, more)
			}
		})
	}
}
