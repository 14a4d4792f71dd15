package emulator_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/lsm9ds1"
)

func apart(a, b [3]float64) float64 {
	return math.Hypot(math.Hypot(a[0]-b[0], a[1]-b[1]), a[2]-b[2])
}

// TestSceneSigns holds a board in the ways whose readings python-sense-hat's
// users know.
func TestSceneSigns(t *testing.T) {
	const g, quarter = 9.80665, math.Pi / 2
	for _, tt := range []struct {
		name       string
		pose       emulator.Attitude
		accel, mag [3]float64
	}{
		{"flat, x to the north", emulator.Attitude{}, [3]float64{0, 0, g}, [3]float64{20, 0, 44}},
		{"flat, x to the east", emulator.Euler(0, 0, quarter), [3]float64{0, 0, g}, [3]float64{0, -20, 44}},
		{"flat, x to the west", emulator.Euler(0, 0, -quarter), [3]float64{0, 0, g}, [3]float64{0, 20, 44}},
		{"upside down", emulator.Euler(math.Pi, 0, 0), [3]float64{0, 0, -g}, [3]float64{20, 0, -44}},
		{"y down", emulator.Euler(quarter, 0, 0), [3]float64{0, g, 0}, [3]float64{20, 44, 0}},
		{"x up", emulator.Euler(0, quarter, 0), [3]float64{-g, 0, 0}, [3]float64{-44, 0, 20}},
	} {
		scene := emulator.Scene{Pose: func(time.Time) emulator.Pose { return emulator.Pose{Attitude: tt.pose} }}
		m := scene.At(time.Now()).Motion
		if apart(m.Accel, tt.accel) > 1e-9 || apart(m.Mag, tt.mag) > 1e-9 || apart(m.Gyro, [3]float64{}) > 1e-9 {
			t.Errorf("%s: motion = %v; want Accel %v, Mag %v", tt.name, m, tt.accel, tt.mag)
		}
	}
	var zero emulator.Scene
	if got, want := zero.At(time.Now()).Env, emulator.Room().Env; got != want {
		t.Errorf("zero Scene's Env = %v; want %v", got, want)
	}
}

// attitude draws any attitude.
func attitude(t *rapid.T) emulator.Attitude {
	v := rapid.SliceOfN(rapid.Float64Range(-1, 1), 4, 4).Draw(t, "attitude")
	return emulator.Attitude(v)
}

func direction(t *rapid.T, what string) [3]float64 {
	return [3]float64(rapid.SliceOfN(rapid.Float64Range(-1, 1), 3, 3).Draw(t, what))
}

// TestSceneRates compares a scene's motion with the laws it has to follow: what
// is fixed in the room changes in the board's axes as -Gyro × v, and at a
// constant rate Gyro is that rate.
func TestSceneRates(t *testing.T) {
	start := time.Now()
	rapid.Check(t, func(t *rapid.T) {
		from, rate := attitude(t), direction(t, "rate")
		speed := math.Sqrt(rate[0]*rate[0] + rate[1]*rate[1] + rate[2]*rate[2])
		scene := emulator.Scene{
			Gravity: 1,
			Pose: func(at time.Time) emulator.Pose {
				return emulator.Pose{Attitude: from.Times(emulator.Rotation(rate, speed*at.Sub(start).Seconds()))}
			},
		}
		at := start.Add(time.Duration(rapid.IntRange(0, 10_000).Draw(t, "ms")) * time.Millisecond)
		m := scene.At(at).Motion
		if apart(m.Gyro, rate) > 1e-6 {
			t.Fatalf("Gyro = %v; want %v", m.Gyro, rate)
		}
		const h = 1e-3
		before, after := scene.At(at.Add(-time.Millisecond)).Motion, scene.At(at.Add(time.Millisecond)).Motion
		for i := range 3 {
			j, k := (i+1)%3, (i+2)%3
			for _, v := range [][3][3]float64{{before.Accel, m.Accel, after.Accel}, {before.Mag, m.Mag, after.Mag}} {
				got := (v[2][i] - v[0][i]) / (2 * h)
				if want := v[1][j]*m.Gyro[k] - v[1][k]*m.Gyro[j]; math.Abs(got-want) > 1e-3 {
					t.Fatalf("the change of axis %d = %v; want %v, from the rate", i, got, want)
				}
			}
		}
	})
}

// TestScenePush moves a board without turning it.
func TestScenePush(t *testing.T) {
	start := time.Now()
	scene := emulator.Scene{Pose: func(at time.Time) emulator.Pose {
		s := at.Sub(start).Seconds()
		return emulator.Pose{Attitude: emulator.Euler(0, 0, math.Pi/2), Position: [3]float64{0, s * s, s * s / 2}} // 2 m/s² east, 1 down
	}}
	// Pushed to the east, which is along x, with the floor falling away.
	if got, want := scene.At(start.Add(3*time.Second)).Motion.Accel, [3]float64{-2, 0, 9.80665 - 1}; apart(got, want) > 1e-6 {
		t.Errorf("Accel = %v; want %v", got, want)
	}
}

func TestEulerAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := attitude(t)
		b := emulator.Euler(a.Euler())
		v := direction(t, "direction")
		if got, want := b.Turn(v), a.Turn(v); apart(got, want) > 1e-5 {
			t.Fatalf("%v turned by the angles of %v = %v; want %v", v, a, got, want)
		}
		if got := a.Inverse().Times(a).Turn(v); apart(got, v) > 1e-12 {
			t.Fatalf("%v turned forth and back = %v", v, got)
		}
	})
	for _, pitch := range []float64{math.Pi / 2, -math.Pi / 2} {
		a := emulator.Euler(0.25, pitch, 1)
		if got := emulator.Euler(a.Euler()); apart(got.Turn([3]float64{1, 2, 3}), a.Turn([3]float64{1, 2, 3})) > 1e-6 {
			t.Errorf("on edge: %v by its angles = %v", a, got)
		}
	}
}

// TestHandOnBoard turns a board by a quarter as the driver sees it: the rates
// add up to it, and the field ends on the other axis.
func TestHandOnBoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(nil)
		dev := must(lsm9ds1.New(b, nil))(t)
		var hand emulator.Hand
		scene := &emulator.Scene{Pose: hand.Pose}
		b.SetFunc(scene.At)
		before := settled(t, dev).Value
		hand.Turn([3]float64{0, 0, 1}, math.Pi/2, time.Second)
		hand.Move([3]float64{0, 0, -1}, time.Second) // a lift of a metre
		period := time.Second / 119
		var turned, lift float64
		var r sensor.Reading[sensor.Motion]
		for range 2 * 119 {
			time.Sleep(period)
			if err := dev.Read(t.Context(), &r); err != nil {
				t.Fatal(err)
			}
			turned += r.Value.Gyro[2] * period.Seconds()
			lift = max(lift, r.Value.Accel[2])
		}
		if math.Abs(turned-math.Pi/2) > 0.01 {
			t.Errorf("sum of the rates = %v; want a quarter turn", turned)
		}
		if lift < 12 { // the peak is 2π m/s²
			t.Errorf("greatest pull while lifted = %v m/s²; want more than at rest", lift)
		}
		after := settled(t, dev).Value
		if apart(before.Mag, [3]float64{20, 0, 44}) > 0.05 || apart(after.Mag, [3]float64{0, -20, 44}) > 0.05 {
			t.Errorf("Mag = %v, then %v; want it to go from x to -y", before.Mag, after.Mag)
		}
		hand.Hold(emulator.Pose{})
		if got := settled(t, dev).Value; apart(got.Mag, before.Mag) > 0.05 {
			t.Errorf("Mag in the first pose = %v; want %v", got.Mag, before.Mag)
		}
	})
}

func TestHandForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hand emulator.Hand
		for range 1000 {
			hand.Turn([3]float64{1, 0, 0}, 2*math.Pi/1000, 10*time.Millisecond)
			time.Sleep(10 * time.Millisecond)
		}
		if got := hand.Pose(time.Now()).Attitude.Turn([3]float64{0, 0, 1}); apart(got, [3]float64{0, 0, 1}) > 1e-9 {
			t.Errorf("z after a whole turn = %v; want down", got)
		}
	})
}
