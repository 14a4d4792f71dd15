package replay_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/replay"
)

// shared returns a folder of public recordings beside the checkout. Tests that
// need it are skipped where it is absent.
func shared(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", folder)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no recordings: %v", err)
	}
	return path
}

func open(t *testing.T, path string, o *replay.Options) *replay.Reader {
	t.Helper()
	r, err := replay.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestSKAB(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t, "skab"), "data", "*", "*.csv"))
	if err != nil || len(files) != 35 {
		t.Fatalf("files = %d, %v; want 35", len(files), err)
	}
	var labelled, free, anomalies, changes int
	for _, path := range files {
		var before time.Time
		for row, err := range open(t, path, replay.SKAB()).All() {
			if err != nil {
				t.Fatal(err)
			}
			if len(row.Values) != 8 || len(row.Labels) != 2 || row.At.Before(before) {
				t.Fatalf("%s: row %+v after %v; want 8 values, 2 labels, and time to go on", path, row, before)
			}
			before = row.At
			if math.IsNaN(row.Labels[0]) {
				free++
				continue
			}
			labelled++
			anomalies += int(row.Labels[0])
			changes += int(row.Labels[1])
		}
	}
	if labelled != 37401 || free != 9405 {
		t.Errorf("rows = %d labelled and %d not; want 37401 and 9405", labelled, free)
	}
	if anomalies != 13067 || changes != 129 {
		t.Errorf("anomalies = %d and change points %d; want 13067 and 129", anomalies, changes)
	}
}

func TestAstroPi(t *testing.T) {
	for _, tt := range []struct {
		file        string
		o           *replay.Options
		rows        int
		first, last string
		env         physic.Env // of the first row
		mag         [3]float64
	}{
		{
			"astropi_mk1_20150820_20150824_ground_10s.csv", replay.AstroPiMk1(), 24604,
			"2015-08-20 23:58:30", "2015-08-24 08:57:40",
			physic.Env{Temperature: physic.ZeroCelsius + 26850*physic.MilliCelsius, Pressure: 102176 * physic.Pascal, Humidity: 605 * physic.MilliRH},
			[3]float64{-3.496344, 23.459245, 69.476236},
		},
		{
			"astropi_mk2_ir_20220131_iss_5s.csv", replay.AstroPiMk2(), 13723,
			"2022-01-31 12:21:15", "",
			physic.Env{Temperature: physic.ZeroCelsius + 32700*physic.MilliCelsius, Pressure: 101360 * physic.Pascal, Humidity: 575 * physic.MilliRH},
			[3]float64{-5.4, -10.6, -4.4},
		},
	} {
		t.Run(tt.file[:11], func(t *testing.T) {
			path := filepath.Join(shared(t, "sensehat"), tt.file)
			n := 0
			var last time.Time
			for row, err := range open(t, path, tt.o).All() {
				if err != nil {
					t.Fatal(err)
				}
				var env physic.Env
				var m sensor.Motion
				if err := replay.Env(row, &env); err != nil {
					t.Fatal(err)
				}
				if err := replay.Motion(row, &m); err != nil {
					t.Fatal(err)
				}
				if n == 0 && (!row.At.Equal(utc(tt.first)) || env != tt.env || m.Mag != tt.mag) {
					t.Errorf("first row = %v, %v, %v; want %v, %v and field %v", row.At, env, m, tt.first, tt.env, tt.mag)
				}
				n, last = n+1, row.At
			}
			if n != tt.rows || tt.last != "" && !last.Equal(utc(tt.last)) {
				t.Errorf("rows = %d to %v; want %d to %v", n, last, tt.rows, tt.last)
			}
		})
	}
}
