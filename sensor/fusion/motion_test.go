package fusion_test

import (
	"math"
	"testing"
	"time"

	"github.com/brinkml/brink/sensor/fusion"
)

// Of the world that tests simulate, in east, north and up.
var (
	up    = [3]float64{0, 0, 9.80665}
	field = [3]float64{0, 20, -44}
)

// moving simulates a body whose rate of rotation is constant between samples, so that the truth is exact: it calls f with
// n samples, the first without a past, and the orientation that each was taken in.
func moving(start fusion.Quaternion, n int, dt func(i int) time.Duration, rate func(t float64) [3]float64, f func(s fusion.Sample, truth fusion.Quaternion)) {
	truth, t := start, 0.0
	for i := range n {
		s := fusion.Sample{Gyro: rate(t)}
		if i > 0 {
			s.Dt = dt(i)
			h := s.Dt.Seconds()
			w := s.Gyro
			angle := math.Sqrt(w[0]*w[0]+w[1]*w[1]+w[2]*w[2]) * h
			truth = truth.Mul(fusion.FromAxisAngle(w, angle)).Normalized()
			t += h
		}
		s.Accel = truth.Conj().Rotate(up)
		s.Mag = truth.Conj().Rotate(field)
		f(s, truth)
	}
}

func every(d time.Duration) func(int) time.Duration {
	return func(int) time.Duration { return d }
}

// tumbling turns about all axes, at up to 2 rad/s.
func tumbling(t float64) [3]float64 {
	return [3]float64{math.Sin(t), 1.2 * math.Cos(0.7*t), 0.9 * math.Sin(1.3*t+1)}
}

func resting(float64) [3]float64 { return [3]float64{} }

// newMahony and its like are constructors with defaults.
func newMahony(t testing.TB, o *fusion.MahonyOptions) *fusion.Mahony {
	t.Helper()
	f, err := fusion.NewMahony(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func newMadgwick(t testing.TB, o *fusion.MadgwickOptions) *fusion.Madgwick {
	t.Helper()
	f, err := fusion.NewMadgwick(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func newVQF(t testing.TB, o *fusion.VQFOptions) *fusion.VQF {
	t.Helper()
	f, err := fusion.NewVQF(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// filters returns one of each kind, with defaults.
func filters(t testing.TB) map[string]fusion.Filter {
	t.Helper()
	return map[string]fusion.Filter{
		"VQF": newVQF(t, nil), "Madgwick": newMadgwick(t, nil), "Mahony": newMahony(t, nil), "Tilt": fusion.NewTilt(),
	}
}
