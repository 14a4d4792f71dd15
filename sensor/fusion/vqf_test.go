package fusion_test

import (
	"math"
	"testing"
	"time"

	"github.com/brinkml/brink/sensor/fusion"
)

// TestVQFSlowMagnetometer gives a field with every tenth sample only.
func TestVQFSlowMagnetometer(t *testing.T) {
	f := newVQF(t, nil)
	n, worst := 0, 0.0
	moving(fusion.Identity, 10000, every(5*time.Millisecond), tumbling, func(s fusion.Sample, truth fusion.Quaternion) {
		if n%10 != 0 {
			s.Mag = [3]float64{}
		}
		n++
		f.Update(s)
		worst = max(worst, f.Orientation().Quat9D.AngleTo(truth))
	})
	if worst > 1e-6 {
		t.Errorf("largest error = %v rad; want none", worst)
	}
}

// TestVQFPeriodsMayVary compares the bias that is found, which depends on all parameters of the sampling period, for a
// steady period and one that jumps between 2 and 14 ms.
func TestVQFPeriodsMayVary(t *testing.T) {
	bias := [3]float64{0.01, -0.02, 0.015}
	found := func(dt func(int) time.Duration) (o fusion.Orientation) {
		f := newVQF(t, nil)
		moving(fusion.Identity, 25000, dt, tumbling, func(s fusion.Sample, _ fusion.Quaternion) {
			for i := range bias {
				s.Gyro[i] += bias[i]
			}
			f.Update(s)
		})
		return f.Orientation()
	}
	steady := found(every(8 * time.Millisecond))
	jumping := found(func(i int) time.Duration { return time.Duration(2+12*(i%2)) * time.Millisecond })
	for name, o := range map[string]fusion.Orientation{"steady": steady, "jumping": jumping} {
		if !near(o.Bias, bias, 2e-3) {
			t.Errorf("%s period: bias = %v; want %v", name, o.Bias, bias)
		}
	}
	if !near(steady.Bias, jumping.Bias, 1e-4) {
		t.Errorf("biases = %v and %v; want the same", steady.Bias, jumping.Bias)
	}
	if math.Abs(steady.BiasSigma/jumping.BiasSigma-1) > 0.02 {
		t.Errorf("standard deviations = %v and %v; want the same", steady.BiasSigma, jumping.BiasSigma)
	}
}

func TestVQFRest(t *testing.T) {
	f := newVQF(t, nil)
	t0 := 0.0
	atRest := -1.0
	moving(fusion.Identity, 1000, every(10*time.Millisecond), func(t float64) [3]float64 {
		if t < 2 {
			return tumbling(t)
		}
		return [3]float64{}
	}, func(s fusion.Sample, _ fusion.Quaternion) {
		t0 += s.Dt.Seconds()
		f.Update(s)
		if o := f.Orientation(); o.Rest && atRest < 0 {
			atRest = t0
		}
	})
	// The low-pass needs some time to settle, and 1.5 s are rest's.
	if atRest < 3.5 || atRest > 6 {
		t.Errorf("rest was seen after %v s; want it between 3.5 and 6 s, as the body stops after 2 s", atRest)
	}
	f.Update(fusion.Sample{Dt: 10 * time.Millisecond, Gyro: [3]float64{0.1, 0, 0}, Accel: up, Mag: field})
	if f.Orientation().Rest {
		t.Error("rest is still seen after a movement")
	}
}

// TestVQFDisturbance puts a magnet near a body that has found its reference, and takes it away after a while.
func TestVQFDisturbance(t *testing.T) {
	for _, rejects := range []bool{true, false} {
		f := newVQF(t, &fusion.VQFOptions{NoRejection: !rejects})
		var worst float64
		now := 0.0
		seen := map[string]bool{}
		moving(fusion.Identity, 9000, every(10*time.Millisecond), tumbling, func(s fusion.Sample, truth fusion.Quaternion) {
			now += s.Dt.Seconds()
			if now > 40 && now < 60 {
				magnet := truth.Conj().Rotate([3]float64{25, 5, 10})
				for i := range magnet {
					s.Mag[i] += magnet[i]
				}
			}
			f.Update(s)
			o := f.Orientation()
			worst = max(worst, o.Quat9D.AngleTo(truth))
			switch {
			case now > 30 && now < 39:
				seen["before"] = o.Disturbed
			case now > 45 && now < 59:
				seen["near"] = o.Disturbed
			case now > 65:
				seen["after"] = o.Disturbed
			}
		})
		if rejects {
			if worst > 1*fusion.Degree {
				t.Errorf("the magnet turned the heading by %.1f°; want it rejected", worst/fusion.Degree)
			}
			if seen["before"] || !seen["near"] || seen["after"] {
				t.Errorf("disturbed = %v; want it while the magnet is near", seen)
			}
		} else if worst < 10*fusion.Degree {
			t.Errorf("without rejection the magnet turned the heading by %.1f°; want it to show", worst/fusion.Degree)
		}
	}
}

// TestVQFWithoutBias leaves the estimation of the bias out.
func TestVQFWithoutBias(t *testing.T) {
	f := newVQF(t, &fusion.VQFOptions{NoMotionBias: true, NoRestBias: true})
	moving(fusion.Identity, 3000, every(10*time.Millisecond), resting, func(s fusion.Sample, _ fusion.Quaternion) {
		s.Gyro = [3]float64{0.01, 0.01, 0.01}
		f.Update(s)
	})
	if o := f.Orientation(); o.Bias != [3]float64{} {
		t.Errorf("bias = %v; want none", o.Bias)
	}
}
