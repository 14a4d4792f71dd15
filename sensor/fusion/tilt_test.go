package fusion_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/fusion"
)

// TestTiltByFormula compares with Freescale AN4248, equations 13, 15 and 22, whose axes and signs are those of
// sensor.Motion.
func TestTiltByFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := sensor.Motion{Accel: vectors(10).Draw(t, "accel"), Mag: vectors(50).Draw(t, "mag")}
		gx, gy, gz := m.Accel[0], m.Accel[1], m.Accel[2]
		bx, by, bz := m.Mag[0], m.Mag[1], m.Mag[2]
		roll := math.Atan2(gy, gz)
		pitch := math.Atan(-gx / (gy*math.Sin(roll) + gz*math.Cos(roll)))
		yaw := math.Atan2(bz*math.Sin(roll)-by*math.Cos(roll),
			bx*math.Cos(pitch)+by*math.Sin(pitch)*math.Sin(roll)+bz*math.Sin(pitch)*math.Cos(roll))
		if math.Hypot(gy, gz) < 0.1 || math.Hypot(math.Hypot(
			gy*bz-gz*by, gz*bx-gx*bz), gx*by-gy*bx) < 1 {
			t.Skip("an angle is not defined")
		}
		f := fusion.NewTilt()
		if !f.Update(fusion.FromMotion(&m, 0)) {
			t.Fatal("the sample was refused")
		}
		got := f.Orientation().Quat9D.Euler()
		for _, d := range []float64{got.Roll - roll, got.Pitch - pitch, got.Yaw - yaw} {
			if off(d/fusion.Degree, 0) > 1e-6 {
				t.Fatalf("angles = %+v; want %v, %v, %v", got, roll, pitch, yaw)
			}
		}
	})
}

// TestTiltKeepsHeading has no field, or a vertical one, after a good one.
func TestTiltKeepsHeading(t *testing.T) {
	f := fusion.NewTilt()
	f.Update(fusion.Sample{Accel: up, Mag: [3]float64{-20, 0, -44}})
	want := f.Orientation().Quat9D.Heading()
	for _, mag := range [][3]float64{{}, {0, 0, -60}} {
		if !f.Update(fusion.Sample{Dt: 1, Accel: up, Mag: mag}) {
			t.Fatal("the sample was refused")
		}
		if got := f.Orientation().Quat9D.Heading(); math.Abs(got-want) > 1e-12 {
			t.Errorf("heading with the field %v = %v; want %v as before", mag, got, want)
		}
	}
	before := f.Orientation()
	f.Update(fusion.Sample{Dt: 1, Mag: field})
	if got := f.Orientation(); got != before {
		t.Errorf("orientation without acceleration = %+v; want %+v as before", got, before)
	}
}
