package replay_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"periph.io/x/conn/v3/physic"
	"pgregory.net/rapid"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/replay"
)

// What sense_rec has written is written again, byte for byte.
func TestHATBothWays(t *testing.T) {
	second := append([]float64(nil), record...)
	second[0], second[3] = 1451649602.123456, math.NaN()
	original := hat(1, append(append([]float64(nil), record...), second...)...)
	r, err := replay.NewHATReader(bytes.NewReader(original), "test.hat")
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	rec, err := replay.NewHATRecorder(&file, r.Start())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := replay.Copy(rec, r); n != 2 || err != nil {
		t.Fatalf("Copy = %d, %v; want 2, nil", n, err)
	}
	if !bytes.Equal(file.Bytes(), original) {
		t.Errorf("written\n%x\nwant\n%x", file.Bytes(), original)
	}
}

// The whole Mk I log becomes a .hat recording and comes back from it.
func TestMk1LogAsHAT(t *testing.T) {
	path := filepath.Join(shared(t, "sensehat"), "astropi_mk1_20150820_20150824_ground_10s.csv")
	var file bytes.Buffer
	rec, err := replay.NewHATRecorder(&file, utc("2015-08-20 23:58:30"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := replay.Copy(rec, open(t, path, replay.AstroPiMk1()))
	if n != 24604 || err != nil || file.Len() != 24+n*17*8 {
		t.Fatalf("Copy = %d, %v, %d bytes; want 24604 rows", n, err, file.Len())
	}
	hat, err := replay.NewHATReader(&file, "mk1.hat")
	if err != nil {
		t.Fatal(err)
	}
	var got replay.Row
	for want, err := range open(t, path, replay.AstroPiMk1()).All() {
		if err != nil {
			t.Fatal(err)
		}
		if err := hat.Next(&got); err != nil {
			t.Fatal(err)
		}
		if !got.At.Equal(want.At) || !slices.Equal(got.Values[:12], want.Values) {
			t.Fatalf("row %d is read back as %v; want %v", got.Line, got, want)
		}
	}
	if err := hat.Next(&got); err != io.EOF {
		t.Errorf("Next at the end = %v; want io.EOF", err)
	}
}

// Any rows are read back as they were written, times to the microsecond.
func TestHATRecorderReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var file bytes.Buffer
		draw := func(what string) time.Time {
			return time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, what)).UTC()
		}
		start := draw("start")
		rec, err := replay.NewHATRecorder(&file, start)
		if err != nil {
			t.Fatal(err)
		}
		var want []replay.Row
		for i := range rapid.IntRange(0, 10).Draw(t, "rows") {
			row := replay.Row{Line: i + 1, At: draw("at")}
			for range rapid.SampledFrom([]int{12, 16}).Draw(t, "values") {
				row.Values = append(row.Values, rapid.Float64().Draw(t, "value"))
			}
			if err := rec.Write(row); err != nil {
				t.Fatal(err)
			}
			if len(row.Values) == 12 {
				row.Values = append(row.Values, nan, nan, nan, nan)
				row.Quality = sensor.OutOfRange
			}
			want = append(want, row)
		}
		if err := rec.Flush(); err != nil {
			t.Fatal(err)
		}
		r, err := replay.NewHATReader(&file, "test.hat")
		if err != nil || !r.Start().Equal(start) {
			t.Fatalf("NewHATReader = %v, start %v; want %v", err, r.Start(), start)
		}
		var got []replay.Row
		for row, err := range r.All() {
			if err != nil {
				t.Fatal(err)
			}
			row.Values = append([]float64(nil), row.Values...)
			got = append(got, row)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("rows (-want +got):\n%s", d)
		}
	})
}

// A .hat file on disk, opened, read and closed.
func TestOpenHAT(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.hat")
	write := func(b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(hat(1, append(append([]float64(nil), record...), record...)...))
	r, err := replay.OpenHAT(path)
	if err != nil {
		t.Fatal(err)
	}
	var row replay.Row
	if err := r.Next(&row); err != nil || row.Values[2] != 1013.25 {
		t.Errorf("Next = %v, %v; want a pressure of 1013.25 hPa", row.Values, err)
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Errorf("Close twice = %v; want nil", err)
	}
	if err := r.Next(&row); err != io.EOF {
		t.Errorf("Next after Close = %v; want io.EOF", err)
	}
	write([]byte("time,a\n"))
	if _, err := replay.OpenHAT(path); !errors.Is(err, replay.ErrMagic) {
		t.Errorf("OpenHAT of a CSV file = %v; want ErrMagic", err)
	}
}

// Rows that are not a Sense HAT's are refused, and numbers that physic's integers do not reach are cut.
func TestSenseHATRows(t *testing.T) {
	var env physic.Env
	var m sensor.Motion
	short := replay.Row{Values: make([]float64, 11)}
	if replay.Env(short, &env) == nil || replay.Motion(short, &m) == nil {
		t.Error("a row of eleven values is taken; want an error")
	}
	row := replay.Row{Values: make([]float64, 12)}
	copy(row.Values, []float64{1e300, -1e300, 1e300})
	if err := replay.Env(row, &env); err != nil || env != (physic.Env{Temperature: math.MaxInt64, Pressure: math.MaxInt64}) {
		t.Errorf("Env of absurd values = %#v, %v; want the limits", env, err)
	}
	row.Values[2] = -1e300
	if err := replay.Env(row, &env); err != nil || env.Pressure != math.MinInt64 {
		t.Errorf("Env of an absurd pressure = %#v, %v; want the limit", env, err)
	}
}

func TestHATRecorderErrors(t *testing.T) {
	for _, at := range []time.Time{{}, time.Unix(-1, 0), time.Unix(253402300800, 0)} {
		if _, err := replay.NewHATRecorder(io.Discard, at); !errors.Is(err, replay.ErrTime) {
			t.Errorf("NewHATRecorder at %v = %v; want ErrTime", at, err)
		}
	}
	rec, err := replay.NewHATRecorder(full{}, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := rec.Write(replay.Row{At: time.Unix(1, 0), Values: make([]float64, 13)}); err == nil {
		t.Error("Write of 13 values = nil; want an error")
	}
	if err := rec.Write(replay.Row{Values: make([]float64, 12)}); !errors.Is(err, replay.ErrTime) {
		t.Errorf("Write without a time = %v; want ErrTime", err)
	}
	if err := rec.Write(replay.Row{At: time.Unix(1, 0), Values: make([]float64, 12)}); err != nil {
		t.Errorf("buffered Write = %v; want nil", err)
	}
	for range 2 {
		if err := rec.Flush(); !errors.Is(err, errFull) {
			t.Errorf("Flush = %v; want the writer's error", err)
		}
	}
	if err := rec.Write(replay.Row{At: time.Unix(1, 0), Values: make([]float64, 12)}); !errors.Is(err, errFull) {
		t.Errorf("Write after that = %v; want the writer's error", err)
	}
}

// What sense_csv prints of a recording is read as the recording is.
func TestSenseCSV(t *testing.T) {
	const text = "timestamp,pressure,pressure_temp,humidity,humidity_temp,accel_x,accel_y,accel_z,gyro_x,gyro_y,gyro_z,compass_x,compass_y,compass_z,orient_x,orient_y,orient_z\r\n" +
		"2016-01-01T12:00:01.500000,1013.25,31.5,nan,30.25,0.01,-0.02,1.0,0.1,0.2,-0.3,-3.5,23.5,69.5,1.0,2.0,3.0\r\n"
	_, headless, _ := strings.Cut(text, "\n")
	got, bad := rows(t, text, replay.SenseCSV(true))
	want := []replay.Row{{
		Line: 2, At: utc("2016-01-01 12:00:01").Add(500 * time.Millisecond), Quality: sensor.OutOfRange,
		Values: []float64{30.25, nan, 1013.25, 0.01, -0.02, 1, 0.1, 0.2, -0.3, -3.5, 23.5, 69.5, 31.5, 1, 2, 3},
	}}
	if d := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); d != "" || bad != nil {
		t.Errorf("errors %v, rows (-want +got):\n%s", bad, d)
	}
	got, bad = rows(t, headless, replay.SenseCSV(false))
	want[0].Line = 1
	if d := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); d != "" || bad != nil {
		t.Errorf("without a header: errors %v, rows (-want +got):\n%s", bad, d)
	}
	r, err := replay.NewReader(strings.NewReader(text), "test.csv", replay.SenseCSV(true))
	if err != nil {
		t.Fatal(err)
	}
	h, err := replay.NewHATReader(bytes.NewReader(hat(1)), "test.hat")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(h.Values(), r.Values()); d != "" {
		t.Errorf("names (-.hat +CSV):\n%s", d)
	}
	if d := cmp.Diff(h.Values()[:12], replay.SenseHATNames()); d != "" {
		t.Errorf("names (-.hat +SenseHATNames):\n%s", d)
	}
}

// Env and Motion undo AppendSenseHAT.
func TestAppendSenseHAT(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		env := physic.Env{
			Temperature: physic.Temperature(rapid.Int64Range(0, 1e12).Draw(t, "nK")),
			Pressure:    physic.Pressure(rapid.Int64Range(0, 1e15).Draw(t, "nPa")),
			Humidity:    physic.RelativeHumidity(rapid.Int32Range(0, 100*int32(physic.PercentRH)).Draw(t, "rh")),
		}
		var m sensor.Motion
		for _, c := range sensor.MotionChannels() {
			c.Set(&m, rapid.Float64Range(-1e6, 1e6).Draw(t, c.Name))
		}
		row := replay.Row{Values: replay.AppendSenseHAT(nil, &env, &m)}
		var gotEnv physic.Env
		var gotMotion sensor.Motion
		if err := errors.Join(replay.Env(row, &gotEnv), replay.Motion(row, &gotMotion)); err != nil {
			t.Fatal(err)
		}
		if d := gotEnv.Temperature - env.Temperature; d < -1 || d > 1 || gotEnv.Pressure != env.Pressure || gotEnv.Humidity != env.Humidity {
			t.Fatalf("%v became %v", env, gotEnv)
		}
		if d := cmp.Diff(m, gotMotion, cmpopts.EquateApprox(1e-15, 1e-300)); d != "" {
			t.Fatalf("motion (-want +got):\n%s", d)
		}
	})
	for i, v := range replay.AppendSenseHAT(nil, nil, nil) {
		if !math.IsNaN(v) || i > 11 {
			t.Errorf("value %d of nothing = %v; want twelve NaN", i, v)
		}
	}
}
