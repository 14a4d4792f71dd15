package replay_test

import (
	"io"
	"math"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/hts221"
	"github.com/brinkml/brink/sensor/lps25h"
	"github.com/brinkml/brink/sensor/lsm9ds1"
	"github.com/brinkml/brink/sensor/replay"
)

// logged is a row of the Mk I log: its two thermometers disagree by most of a degree, so each has a board of its own.
type logged struct {
	air, barometer emulator.World
}

// TestMk1LogThroughEmulator plays all four days of the log, in its own time, as the world of an emulated board, and reads
// that with the drivers: each of the log's thirteen channels comes back within one step of its chip's output.
func TestMk1LogThroughEmulator(t *testing.T) {
	path := filepath.Join(shared(t, "sensehat"), "astropi_mk1_20150820_20150824_ground_10s.csv")
	synctest.Test(t, func(t *testing.T) {
		o := replay.AstroPiMk1()
		o.Values = append(o.Values, replay.Column{Name: "temp_p"})
		player, err := replay.NewPlayer(open(t, path, o), func(row replay.Row, v *logged) error {
			if err := replay.Env(row, &v.air.Env); err != nil {
				return err
			}
			v.barometer = v.air
			v.barometer.Env.Temperature = physic.ZeroCelsius + physic.Temperature(math.Round(row.Values[12]*float64(physic.Celsius)))
			return replay.Motion(row, &v.air.Motion)
		}, nil)
		if err != nil {
			t.Fatal(err)
		}

		air, barometer := emulator.New(nil), emulator.New(nil)
		humidity, err := hts221.New(air, nil)
		if err != nil {
			t.Fatal(err)
		}
		motion, err := lsm9ds1.New(air, nil)
		if err != nil {
			t.Fatal(err)
		}
		pressure, err := lps25h.New(barometer, nil)
		if err != nil {
			t.Fatal(err)
		}
		var lsb, lsbP physic.Env
		humidity.Precision(&lsb)
		pressure.Precision(&lsbP)

		var (
			row  sensor.Reading[logged]
			h, p sensor.Reading[physic.Env]
			m    sensor.Reading[sensor.Motion]
			rows int
			off  [3 + 1 + 9]float64 // the most that a channel was off, in steps
		)
		saw := func(channel int, got, want, step float64) {
			off[channel] = max(off[channel], math.Abs(got-want)/step)
		}
		start := time.Now()
		var first, last time.Time
		for err = player.Read(t.Context(), &row); err == nil; err = player.Read(t.Context(), &row) {
			if rows++; rows == 1 {
				first = row.At
			}
			last = row.At
			air.Set(row.Value.air)
			barometer.Set(row.Value.barometer)
			time.Sleep(500 * time.Millisecond) // each part converts several times
			if err := humidity.Read(t.Context(), &h); err != nil {
				t.Fatal(err)
			}
			if err := pressure.Read(t.Context(), &p); err != nil {
				t.Fatal(err)
			}
			if err := motion.Read(t.Context(), &m); err != nil {
				t.Fatal(err)
			}
			if q := h.Quality | p.Quality | m.Quality; q != 0 {
				t.Fatalf("row %d is read as %v; want a good reading", rows, q)
			}
			want := &row.Value
			saw(0, float64(h.Value.Temperature), float64(want.air.Env.Temperature), float64(lsb.Temperature))
			saw(1, float64(h.Value.Humidity), float64(want.air.Env.Humidity), float64(lsb.Humidity))
			saw(2, float64(p.Value.Pressure), float64(want.barometer.Env.Pressure), float64(lsbP.Pressure))
			saw(3, float64(p.Value.Temperature), float64(want.barometer.Env.Temperature), float64(lsbP.Temperature))
			for i, c := range sensor.MotionChannels() {
				saw(4+i, c.Get(&m.Value), c.Get(&want.air.Motion), c.LSB)
			}
		}
		if err != io.EOF {
			t.Fatal(err)
		}
		if rows != 24604 {
			t.Errorf("rows = %d; want 24604", rows)
		}
		// The last row was 0.5 s ago, and the log has kept its gaps.
		if played, recorded := time.Since(start)-500*time.Millisecond, last.Sub(first); played != recorded {
			t.Errorf("played in %v; want %v, as it was recorded", played, recorded)
		}
		names := append([]string{"temp_h", "humidity", "pressure", "temp_p"}, sensor.ChannelNames(sensor.MotionChannels())...)
		for i, steps := range off {
			if steps > 1 {
				t.Errorf("%s was off by up to %.3f steps; want at most 1", names[i], steps)
			}
		}
		t.Logf("%d rows, %v: the most that channels were off, in steps: %.3f", rows, last.Sub(first), off)
	})
}
