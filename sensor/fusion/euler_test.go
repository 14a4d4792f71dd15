package fusion_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/fusion"
)

// TestEulerOfPoses has a SenseHAT, with the axes of sensor.Motion, in poses that one can see: x, y and z are where the
// board's axes point in east, north and up.
func TestEulerOfPoses(t *testing.T) {
	for _, tt := range []struct {
		name    string
		x, y, z [3]float64
		want    fusion.Euler // degrees
	}{
		{"flat, x to the north", [3]float64{0, 1, 0}, [3]float64{1, 0, 0}, [3]float64{0, 0, -1}, fusion.Euler{}},
		{"flat, x to the east", [3]float64{1, 0, 0}, [3]float64{0, -1, 0}, [3]float64{0, 0, -1}, fusion.Euler{Yaw: 90}},
		{"flat, x to the south", [3]float64{0, -1, 0}, [3]float64{-1, 0, 0}, [3]float64{0, 0, -1}, fusion.Euler{Yaw: 180}},
		{"flat, x to the west", [3]float64{-1, 0, 0}, [3]float64{0, 1, 0}, [3]float64{0, 0, -1}, fusion.Euler{Yaw: 270}},
		{"on its face", [3]float64{0, 1, 0}, [3]float64{-1, 0, 0}, [3]float64{0, 0, 1}, fusion.Euler{Roll: 180}},
		{"y down", [3]float64{0, 1, 0}, [3]float64{0, 0, -1}, [3]float64{-1, 0, 0}, fusion.Euler{Roll: 90}},
		{"x 30° up", [3]float64{0, math.Sqrt(3) / 2, 0.5}, [3]float64{1, 0, 0}, [3]float64{0, 0.5, -math.Sqrt(3) / 2}, fusion.Euler{Pitch: 30}},
		{"x 30° down", [3]float64{0, math.Sqrt(3) / 2, -0.5}, [3]float64{1, 0, 0}, [3]float64{0, -0.5, -math.Sqrt(3) / 2}, fusion.Euler{Pitch: 330}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// The board's readings, by components along its axes. Accel is the pull of gravity.
			along := func(v [3]float64) (c [3]float64) {
				for i, axis := range [...][3]float64{tt.x, tt.y, tt.z} {
					c[i] = axis[0]*v[0] + axis[1]*v[1] + axis[2]*v[2]
				}
				return c
			}
			m := sensor.Motion{Accel: along([3]float64{0, 0, -9.80665}), Mag: along(field)}
			for name, f := range filters(t) {
				f.Update(fusion.FromMotion(&m, 0))
				got := f.Orientation().Quat9D.Euler().Degrees()
				if max(off(got.Roll, tt.want.Roll), off(got.Pitch, tt.want.Pitch), off(got.Yaw, tt.want.Yaw)) > 1e-9 {
					t.Errorf("%s: angles = %+v; want %+v", name, got, tt.want)
				}
			}
		})
	}
}

// off is the distance between two angles in degrees.
func off(a, b float64) float64 { return math.Abs(math.Remainder(a-b, 360)) }

func TestEulerRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := fusion.Euler{
			Roll:  rapid.Float64Range(-3.14, 3.14).Draw(t, "roll"),
			Pitch: rapid.Float64Range(-1.57, 1.57).Draw(t, "pitch"),
			Yaw:   rapid.Float64Range(-3.14, 3.14).Draw(t, "yaw"),
		}
		q := e.Quaternion()
		got := q.Euler()
		if off := math.Abs(got.Roll-e.Roll) + math.Abs(got.Pitch-e.Pitch) + math.Abs(got.Yaw-e.Yaw); off > 1e-9 {
			t.Fatalf("%+v.Quaternion().Euler() = %+v", e, got)
		}
		if h := q.Heading(); off(h/fusion.Degree, e.Yaw/fusion.Degree) > 1e-9 {
			t.Fatalf("Heading = %v; want the yaw, %v", h, e.Yaw)
		}
	})
}

// TestEulerBySenseHAT compares with the formula by which RTIMULib, and so python-sense-hat, makes angles of a quaternion
// from the board to a world of north, east and down.
func TestEulerBySenseHAT(t *testing.T) {
	ned := fusion.Quaternion{X: math.Sqrt2 / 2, Y: math.Sqrt2 / 2} // from east, north and up
	rapid.Check(t, func(t *rapid.T) {
		q := quaternions().Draw(t, "q")
		p := ned.Mul(q)
		want := fusion.Euler{
			Roll:  math.Atan2(2*(p.Y*p.Z+p.W*p.X), 1-2*(p.X*p.X+p.Y*p.Y)),
			Pitch: math.Asin(min(max(2*(p.W*p.Y-p.Z*p.X), -1), 1)),
			Yaw:   math.Atan2(2*(p.X*p.Y+p.W*p.Z), 1-2*(p.Y*p.Y+p.Z*p.Z)),
		}
		if math.Abs(want.Pitch) > 1.57 {
			t.Skip("the other two are not defined")
		}
		got := q.Euler()
		for _, d := range []float64{got.Roll - want.Roll, got.Pitch - want.Pitch, got.Yaw - want.Yaw} {
			if off(d/fusion.Degree, 0) > 1e-6 {
				t.Fatalf("Euler = %+v; want %+v", got, want)
			}
		}
	})
}

func TestDegrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Float64Range(-math.Pi, math.Pi).Draw(t, "angle")
		for _, d := range []float64{
			fusion.Euler{Roll: a}.Degrees().Roll, fusion.Euler{Pitch: a}.Degrees().Pitch, fusion.Euler{Yaw: a}.Degrees().Yaw,
		} {
			if !(d >= 0 && d < 360) || off(d, a/fusion.Degree) > 1e-9 {
				t.Fatalf("%v rad = %v°; want it from 0 to below 360", a, d)
			}
		}
	})
	if got := (fusion.Euler{Yaw: -1e-300}).Degrees().Yaw; got != 0 {
		t.Errorf("-1e-300 rad = %v°; want 0, since 360 is none of the angles", got)
	}
}
