package fusion_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/fusion"
	"github.com/brinkml/brink/sensor/lsm9ds1"
)

// TestFromMotionFlat has the SenseHAT that sensor.Motion describes: flat and still.
func TestFromMotionFlat(t *testing.T) {
	m := emulator.Room().Motion
	got := fusion.FromMotion(&m, time.Second)
	want := fusion.Sample{Dt: time.Second, Accel: [3]float64{0, 0, -9.80665}, Mag: [3]float64{0, 20, 44}}
	if got != want {
		t.Errorf("FromMotion(a board on a table) = %+v; want %+v", got, want)
	}
	f := newVQF(t, nil)
	f.Update(got)
	q := f.Orientation().Quat9D
	if v := q.Rotate([3]float64{0, 0, -1}); !near(v, [3]float64{0, 0, 1}, 1e-12) {
		t.Errorf("out of the board is %v in the world; want up", v)
	}
	if v := q.Rotate([3]float64{0, 1, 0}); !near(v, [3]float64{0, 1, 0}, 1e-12) {
		t.Errorf("the board's y is %v in the world; want north, as the field says", v)
	}
}

// TestTurnsAgree turns the emulated board about each of its axes, with the real driver: what the gyroscope's rates add up
// to is where gravity and field say the board is, to what the chip's steps and 10 ms between samples leave.
func TestTurnsAgree(t *testing.T) {
	for axis, name := range [...]string{"x", "y", "z"} {
		for _, rate := range []float64{20 * fusion.Degree, -20 * fusion.Degree} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { testTurn(t, axis, rate) })
			})
		}
	}
}

func testTurn(t *testing.T, axis int, rate float64) {
	var about [3]float64
	about[axis] = 1
	begin := time.Now()
	flat := emulator.Room().Motion
	board := emulator.New(nil)
	board.SetFunc(func(at time.Time) emulator.World {
		w := emulator.Room()
		// The board turns with the right hand about its axis, and so the world turns back for it.
		back := fusion.FromAxisAngle(about, -rate*at.Sub(begin).Seconds())
		w.Motion.Accel, w.Motion.Mag = back.Rotate(flat.Accel), back.Rotate(flat.Mag)
		w.Motion.Gyro[axis] = rate
		return w
	})
	imu, err := lsm9ds1.New(board, nil)
	if err != nil {
		t.Fatal(err)
	}
	// Gains so small that only the gyroscope counts.
	gyro, err := fusion.NewTracker(&fusion.TrackerOptions{Filter: newMahony(t, &fusion.MahonyOptions{KP: 1e-9, KI: -1})})
	if err != nil {
		t.Fatal(err)
	}
	vqf, err := fusion.NewTracker(nil)
	if err != nil {
		t.Fatal(err)
	}
	compass := fusion.NewTilt()
	compass.Update(fusion.FromMotion(&flat, 0))
	start := compass.Orientation().Quat9D
	sampler, err := sensor.NewSampler(imu, 10*time.Millisecond, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var turned, apart, off float64
	for r, err := range sampler.All(t.Context()) {
		if err != nil {
			continue // not ready yet
		}
		var g, v sensor.Reading[fusion.Orientation]
		if err := gyro.Track(&r, &g); err != nil {
			t.Fatal(err)
		}
		if err := vqf.Track(&r, &v); err != nil {
			t.Fatal(err)
		}
		compass.Update(fusion.FromMotion(&r.Value, 10*time.Millisecond))
		by := compass.Orientation().Quat9D
		apart = max(apart, g.Value.Quat9D.AngleTo(by))
		off = max(off, v.Value.Quat9D.AngleTo(by))
		turned = max(turned, by.AngleTo(start))
		if n++; n == 1000 {
			break
		}
	}
	if turned < 170*fusion.Degree {
		t.Errorf("the board turned by %.0f° at most; want half a turn", turned/fusion.Degree)
	}
	// A field that is one of the magnetometer's periods old is 1° off, and the heading by it, where the field is steep, 2°.
	if limit := 2.5 * fusion.Degree; apart > limit || off > limit {
		t.Errorf("gyroscope and compass are up to %.2f° apart, VQF and compass %.2f°; want less than 2.5°",
			apart/fusion.Degree, off/fusion.Degree)
	}
}
