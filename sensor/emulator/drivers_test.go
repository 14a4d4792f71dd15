package emulator_test

import (
	"context"
	"image"
	"image/color"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"
	"pgregory.net/rapid"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/hts221"
	"github.com/brinkml/brink/sensor/ledmatrix"
	"github.com/brinkml/brink/sensor/lps25h"
	"github.com/brinkml/brink/sensor/lsm9ds1"
)

// settled reads src after its next conversions.
func settled[T any](t interface{ Fatalf(string, ...any) }, src sensor.Source[T]) sensor.Reading[T] {
	time.Sleep(time.Second)
	var r sensor.Reading[T]
	if err := src.Read(context.Background(), &r); err != nil {
		t.Fatalf("Read = %v; want nil", err)
	}
	return r
}

func celsius(c float64) physic.Temperature {
	return physic.ZeroCelsius + physic.Temperature(c*float64(physic.Celsius))
}

func near[T ~int64 | ~int32](got, want, lsb T) bool {
	return max(got-want, want-got) <= lsb
}

func TestHTS221ReadsWorld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(nil)
		dev := must(hts221.New(b, nil))(t)
		var lsb physic.Env
		dev.Precision(&lsb)
		rapid.Check(bubble{t}, func(t *rapid.T) {
			w := emulator.Room()
			w.Env.Humidity = physic.RelativeHumidity(rapid.Float64Range(0, 100).Draw(t, "%RH") * float64(physic.PercentRH))
			w.Env.Temperature = celsius(rapid.Float64Range(-40, 120).Draw(t, "°C"))
			b.Set(w)
			r := settled(t, dev)
			if !near(r.Value.Humidity, w.Env.Humidity, lsb.Humidity) || !near(r.Value.Temperature, w.Env.Temperature, lsb.Temperature) {
				t.Fatalf("read %v; want %v within one step, %v", r.Value, w.Env, lsb)
			}
			if r.Quality&^(sensor.Clipped|sensor.OutOfRange) != 0 {
				t.Fatalf("Quality = %v; want a fresh value", r.Quality)
			}
		})
		wantNoMisuse(t, b)
	})
}

func TestLPS25HReadsWorld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(nil)
		dev := must(lps25h.New(b, nil))(t)
		var lsb physic.Env
		dev.Precision(&lsb)
		rapid.Check(bubble{t}, func(t *rapid.T) {
			w := emulator.Room()
			w.Env.Pressure = physic.Pressure(rapid.Float64Range(260, 1260).Draw(t, "hPa") * 100 * float64(physic.Pascal))
			w.Env.Temperature = celsius(rapid.Float64Range(-25, 105).Draw(t, "°C"))
			b.Set(w)
			r := settled(t, dev)
			if !near(r.Value.Pressure, w.Env.Pressure, lsb.Pressure) || !near(r.Value.Temperature, w.Env.Temperature, lsb.Temperature) {
				t.Fatalf("read %v; want %v within one step, %v", r.Value, w.Env, lsb)
			}
		})
		wantNoMisuse(t, b)
	})
}

func TestLSM9DS1ReadsWorld(t *testing.T) {
	const g, degree = 9.80665, math.Pi / 180
	for _, tt := range []struct {
		options           *lsm9ds1.Options
		accel, gyro, mag  float64 // full scale
		accelLSB, gyroLSB float64
		steps             float64 // of the magnetometer to a gauss
	}{
		{nil, 8 * g, 500 * degree, 400, 0.244e-3 * g, 17.5e-3 * degree, 6842},
		{&lsm9ds1.Options{AccelRange: 2, GyroRange: 245, MagRange: 8}, 2 * g, 245 * degree, 800, 0.061e-3 * g, 8.75e-3 * degree, 3421},
		{&lsm9ds1.Options{AccelRange: 4, GyroRange: 2000, MagRange: 12}, 4 * g, 2000 * degree, 1200, 0.122e-3 * g, 70e-3 * degree, 6842.0 / 3},
		{&lsm9ds1.Options{AccelRange: 16, GyroRange: 2000, MagRange: 16}, 16 * g, 2000 * degree, 1600, 0.732e-3 * g, 70e-3 * degree, 6842.0 / 4},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := emulator.New(nil)
			dev := must(lsm9ds1.New(b, tt.options))(t)
			rapid.Check(bubble{t}, func(t *rapid.T) {
				// The counts of some ranges end 0.1 % before their full scale.
				draw := func(full float64, what string) (v [3]float64) {
					for i := range v {
						v[i] = rapid.Float64Range(-0.999*full, 0.999*full).Draw(t, what)
					}
					return v
				}
				w := emulator.Room()
				w.Motion = sensor.Motion{Accel: draw(tt.accel, "accel"), Gyro: draw(tt.gyro, "gyro"), Mag: draw(tt.mag, "mag")}
				b.Set(w)
				r := settled(t, dev)
				for i := range 3 {
					if math.Abs(r.Value.Accel[i]-w.Motion.Accel[i]) > tt.accelLSB ||
						math.Abs(r.Value.Gyro[i]-w.Motion.Gyro[i]) > tt.gyroLSB ||
						math.Abs(r.Value.Mag[i]-w.Motion.Mag[i]) > 100/tt.steps {
						t.Fatalf("read %v; want %v within one step", r.Value, w.Motion)
					}
				}
			})
			wantNoMisuse(t, b)
		})
	}
}

func TestSaturation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(nil)
		dev := must(lsm9ds1.New(b, nil))(t)
		w := emulator.Room()
		w.Motion.Accel = [3]float64{1e9, math.Inf(1), math.NaN()}
		w.Motion.Gyro[2] = -1e300
		b.Set(w)
		r := settled(t, dev)
		if !r.Quality.Has(sensor.Clipped) {
			t.Errorf("Quality = %v; want Clipped", r.Quality)
		}
		if got, want := r.Value.Accel[0], 32768*0.244e-3*9.80665; math.Abs(got-want) > 1e-9 {
			t.Errorf("saturated acceleration = %v; want %v", got, want)
		}
		if got := r.Value.Accel[2]; got != 0 {
			t.Errorf("NaN reads as %v; want 0", got)
		}
	})
}

func TestMatrixShowsPicture(t *testing.T) {
	b := emulator.New(nil)
	dev := must(ledmatrix.New(b, nil))(t)
	rapid.Check(bubble{t}, func(t *rapid.T) {
		img := image.NewNRGBA(image.Rect(0, 0, 8, 8))
		var want [64]color.NRGBA
		for i := range want {
			c := color.NRGBA{A: 255}
			for _, v := range []*uint8{&c.R, &c.G, &c.B} {
				*v = rapid.Byte().Draw(t, "channel")
			}
			img.SetNRGBA(i%8, i/8, c)
			want[i] = color.NRGBA{R: c.R>>3<<3 | c.R>>5, G: c.G>>3<<3 | c.G>>5, B: c.B>>3<<3 | c.B>>5, A: 255}
		}
		if err := dev.Draw(dev.Bounds(), img, image.Point{}); err != nil {
			t.Fatalf("Draw = %v; want nil", err)
		}
		if got := b.Pixels(); got != want {
			t.Fatalf("Pixels() = %v; want %v", got, want)
		}
	})
	frames := b.Frames()
	if err := dev.Show(); err != nil || b.Frames() != frames {
		t.Errorf("Show of the same picture = %v and %d frames more; want nil and 0", err, b.Frames()-frames)
	}
	if err := dev.Halt(); err != nil || b.Pixels()[27] != (color.NRGBA{A: 255}) {
		t.Errorf("after Halt = %v, pixel %v; want nil, black", err, b.Pixels()[27])
	}
	wantNoMisuse(t, b)
}

// TestMotionOverTime samples a rotation at each conversion's own instant.
func TestMotionOverTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(nil)
		dev := must(lsm9ds1.New(b, nil))(t)
		start := time.Now()
		b.SetFunc(func(at time.Time) emulator.World {
			w := emulator.Room()
			w.Motion.Gyro[0] = at.Sub(start).Seconds() // accelerates by 1 rad/s²
			return w
		})
		period := time.Second / 119
		time.Sleep(2 * time.Second)
		var r sensor.Reading[sensor.Motion]
		if err := dev.Read(t.Context(), &r); err != nil {
			t.Fatalf("Read = %v; want nil", err)
		}
		want := (2 * time.Second / period * period).Seconds()
		if got := r.Value.Gyro[0]; math.Abs(got-want) > 17.5e-3*math.Pi/180 {
			t.Errorf("rate = %v rad/s; want %v, that of the last conversion", got, want)
		}
	})
}

func wantNoMisuse(t *testing.T, b *emulator.Board) {
	t.Helper()
	if err := b.Misuse(); err != nil {
		t.Errorf("Misuse() = %v; want nil", err)
	}
}

// bubble is a test in a testing/synctest bubble, as rapid needs it: it must not
// ask for the deadline, which such a test does not have.
type bubble struct{ rapid.TB }

// must takes a constructor's results and fails the test on an error.
func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatalf("New = %v; want nil", err)
		}
		return v
	}
}
