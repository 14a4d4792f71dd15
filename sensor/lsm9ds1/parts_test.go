package lsm9ds1_test

import (
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/lsm9ds1"
)

// Sensors that are off are not asked: what they would give is zero, and a read takes fewer transactions.
func TestSensorsOff(t *testing.T) {
	for _, tt := range []struct {
		name  string
		o     lsm9ds1.Options
		total int
	}{
		{"all on", lsm9ds1.Options{}, 3},
		{"no gyroscope", lsm9ds1.Options{GyroOff: true, Rate: 50 * physic.Hertz}, 2},
		{"no magnetometer", lsm9ds1.Options{MagOff: true}, 2},
		{"accelerometer alone", lsm9ds1.Options{GyroOff: true, MagOff: true, Rate: 10 * physic.Hertz}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var without []uint16
				if tt.o.MagOff {
					without = []uint16{lsm9ds1.MagAddr}
				}
				b := emulator.New(&emulator.Options{Without: without})
				b.Set(emulator.World{Env: emulator.Room().Env, Motion: world})
				d, err := lsm9ds1.New(b, &tt.o)
				if err != nil {
					t.Fatal(err)
				}
				var r sensor.Reading[sensor.Motion]
				if err := d.Read(t.Context(), &r); !errors.Is(err, sensor.ErrNotReady) {
					t.Errorf("Read at once = %v; want %v", err, sensor.ErrNotReady)
				}
				time.Sleep(time.Second)
				before := b.Transactions(lsm9ds1.Addr) + b.Transactions(lsm9ds1.MagAddr)
				if err := d.Read(t.Context(), &r); err != nil || r.Quality != 0 {
					t.Errorf("Read = %v, %v; want a value", r.Quality, err)
				}
				if got := b.Transactions(lsm9ds1.Addr) + b.Transactions(lsm9ds1.MagAddr) - before; got != tt.total {
					t.Errorf("Read takes %d transactions; want %d", got, tt.total)
				}
				want := world
				if tt.o.GyroOff {
					want.Gyro = [3]float64{}
				}
				if tt.o.MagOff {
					want.Mag = [3]float64{}
				}
				for i := range 3 {
					if math.Abs(r.Value.Accel[i]-want.Accel[i]) > 2.4e-3 || math.Abs(r.Value.Gyro[i]-want.Gyro[i]) > 3.1e-4 || math.Abs(r.Value.Mag[i]-want.Mag[i]) > 0.015 {
						t.Errorf("Read = %+v; want %+v", r.Value, want)
						break
					}
				}
				// A loss of power is noticed too.
				b.PowerCycle(lsm9ds1.Addr)
				notReady := false
				for range 20 {
					time.Sleep(100 * time.Millisecond)
					err := d.Read(t.Context(), &r)
					notReady = notReady || errors.Is(err, sensor.ErrNotReady)
				}
				if !notReady || r.Quality != 0 {
					t.Errorf("after a loss of power: not ready %v, then quality %v; want true, and OK", notReady, r.Quality)
				}
				if err := errors.Join(d.Halt(), b.Misuse()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// All rates of acceleration alone, by the number of fresh readings in two seconds.
func TestAccelerometerRates(t *testing.T) {
	for _, hz := range []float64{10, 50, 119, 238, 476, 952} {
		synctest.Test(t, func(t *testing.T) {
			rate := physic.Frequency(hz * float64(physic.Hertz))
			d, err := lsm9ds1.New(board(), &lsm9ds1.Options{Rate: rate, GyroOff: true, MagOff: true})
			if err != nil {
				t.Fatal(err)
			}
			fresh := 0.0
			for start := time.Now(); time.Since(start) < 2*time.Second; time.Sleep(300 * time.Microsecond) {
				var r sensor.Reading[sensor.Motion]
				if d.Read(t.Context(), &r) == nil && r.Quality == 0 {
					fresh++
				}
			}
			if math.Abs(fresh-2*hz) > 3 {
				t.Errorf("%v gives %v readings in two seconds; want %v", rate, fresh, 2*hz)
			}
		})
	}
}

func TestThermometer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := board()
		w := emulator.Room()
		w.Env.Temperature = physic.ZeroCelsius + 31250*physic.MilliCelsius
		b.Set(w)
		d, err := lsm9ds1.New(b, nil)
		if err != nil {
			t.Fatal(err)
		}
		thermometer := d.Temperature()
		var r sensor.Reading[physic.Temperature]
		if err := thermometer.Read(t.Context(), &r); !errors.Is(err, sensor.ErrNotReady) || r.Quality != sensor.NotReady {
			t.Errorf("Read at once = %v, %v; want %v", r.Quality, err, sensor.ErrNotReady)
		}
		time.Sleep(50 * time.Millisecond)
		for i, want := range []sensor.Quality{0, sensor.Stale} {
			if err := thermometer.Read(t.Context(), &r); err != nil || r.Value != w.Env.Temperature || r.Quality != want || r.Seq != uint64(i+1) {
				t.Errorf("Read = %+v, %v; want %v with quality %v", r, err, w.Env.Temperature, want)
			}
		}
		// The motion is as new as if the temperature had not been read.
		var m sensor.Reading[sensor.Motion]
		if err := d.Read(t.Context(), &m); err != nil || m.Quality != 0 {
			t.Errorf("Read of the motion = %v, %v; want a fresh one", m.Quality, err)
		}
		// What a part shows after a loss of power is no temperature.
		b.PowerCycle(lsm9ds1.Addr)
		for range 20 {
			time.Sleep(20 * time.Millisecond)
			if err := thermometer.Read(t.Context(), &r); err == nil && r.Value != w.Env.Temperature {
				t.Errorf("Read after a loss of power = %+v; want %v or an error", r, w.Env.Temperature)
			}
		}
		if r.Quality != 0 {
			t.Errorf("Read in the end has quality %v; want OK", r.Quality)
		}
		end := b.Fault(emulator.Fault{Kind: emulator.NACK, Addr: lsm9ds1.Addr})
		if err := thermometer.Read(t.Context(), &r); !errors.Is(err, emulator.ErrNACK) {
			t.Errorf("Read with NACK = %v; want %v", err, emulator.ErrNACK)
		}
		end()
	})
}
