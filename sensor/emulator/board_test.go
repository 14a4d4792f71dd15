package emulator_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/replay"
	"github.com/brinkml/brink/sensor/sensehat"
)

// TestWholeBoard drives all parts at once from several goroutines while the
// world changes under them.
func TestWholeBoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(&emulator.Options{Noise: 1})
		hat, err := sensehat.Open(b, nil)
		if err != nil {
			t.Fatalf("Open = %v; want nil", err)
		}
		if missing := hat.Missing(); missing != nil {
			t.Fatalf("Missing() = %v; want none", missing)
		}
		env, err := hat.Env()
		if err != nil {
			t.Fatal(err)
		}
		motion, err := hat.Motion()
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		var readers sync.WaitGroup
		sample(t, &readers, env, 40*time.Millisecond)
		sample(t, &readers, motion, 10*time.Millisecond)
		for range 100 {
			b.Set(emulator.Room())
			b.Pixels()
			time.Sleep(20 * time.Millisecond)
		}
		readers.Wait() // reading on would start the halted chips again
		if err := hat.Halt(); err != nil {
			t.Errorf("Halt = %v; want nil", err)
		}
		wantNoMisuse(t, b)
	})
}

// sample reads 100 values on a goroutine of its own, which readers counts.
func sample[T any](t *testing.T, readers *sync.WaitGroup, src sensor.Source[T], period time.Duration) {
	s, err := sensor.NewSampler(src, period, nil)
	if err != nil {
		t.Fatal(err)
	}
	readers.Go(func() {
		n := 0
		for _, err := range s.All(t.Context()) {
			if err != nil {
				t.Errorf("Read = %v; want nil", err)
			}
			if n++; n == 100 {
				return
			}
		}
	})
}

func TestBoardWithoutParts(t *testing.T) {
	b := emulator.New(&emulator.Options{Without: []uint16{emulator.LPS25H, emulator.LSM9DS1Mag}})
	hat, err := sensehat.Open(b, nil)
	if err != nil {
		t.Fatalf("Open = %v; want nil", err)
	}
	missing := hat.Missing()
	if len(missing) != 2 {
		t.Errorf("Missing() = %v; want the pressure sensor and the inertial one", missing)
	}
	for _, err := range missing {
		if _, ok := errors.AsType[*sensor.NotPresentError](err); !ok {
			t.Errorf("missing = %v; want a *sensor.NotPresentError", err)
		}
	}
}

// TestReplayedWorld puts a row of an Astro Pi's log around the board.
func TestReplayedWorld(t *testing.T) {
	const log = `temp_h,humidity,pressure,accel_x,accel_y,accel_z,gyro_x,gyro_y,gyro_z,mag_x,mag_y,mag_z,time_stamp
27.25,60.5,1020.5,0.25,-0.5,0.75,0.125,-0.25,0.5,-3.5,23.5,69.5,2015-08-20 12:00:00
28.5,55,1015,0,0,1,0,0,0,10,20,30,2015-08-20 12:00:10
`
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(nil)
		hat, err := sensehat.Open(b, nil)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := replay.NewReader(strings.NewReader(log), "log.csv", replay.AstroPiMk1())
		if err != nil {
			t.Fatal(err)
		}
		world := func(row replay.Row, w *emulator.World) error {
			return errors.Join(replay.Env(row, &w.Env), replay.Motion(row, &w.Motion))
		}
		player, err := replay.NewPlayer(rows, world, nil)
		if err != nil {
			t.Fatal(err)
		}
		motion, err := hat.Motion()
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for r, err := range player.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			b.Set(r.Value)
			got := settled(t, motion).Value
			for i := range 3 {
				if d := got.Accel[i] - r.Value.Motion.Accel[i]; d < -0.0024 || d > 0.0024 {
					t.Errorf("Accel[%d] = %v; want %v", i, got.Accel[i], r.Value.Motion.Accel[i])
				}
				if d := got.Mag[i] - r.Value.Motion.Mag[i]; d < -0.015 || d > 0.015 {
					t.Errorf("Mag[%d] = %v; want %v", i, got.Mag[i], r.Value.Motion.Mag[i])
				}
			}
			n++
		}
		if n != 2 {
			t.Errorf("rows = %d; want 2", n)
		}
	})
}
