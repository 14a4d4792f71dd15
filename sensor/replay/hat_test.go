package replay_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/replay"
)

// hat is a .hat recording as sense_rec writes it.
func hat(version byte, numbers ...float64) []byte {
	b := append([]byte("SENSEHAT"), version, 0, 0, 0, 0, 0, 0, 0)
	for _, v := range append([]float64{1451649600.25}, numbers...) {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

var record = []float64{
	1451649601.5,  // time
	1013.25, 31.5, // pressure, its temperature
	45.5, 30.25, // humidity, its temperature
	0.01, -0.02, 1, // acceleration
	0.1, 0.2, -0.3, // rotation
	-3.5, 23.5, 69.5, // field
	1, 2, 3, // pose
}

func TestHAT(t *testing.T) {
	invalid := append([]float64(nil), record...)
	invalid[0], invalid[1] = 1451649602, nan
	r, err := replay.NewHATReader(bytes.NewReader(hat(1, append(append([]float64(nil), record...), invalid...)...)), "test.hat")
	if err != nil {
		t.Fatalf("NewHATReader = %v; want nil", err)
	}
	if want := utc("2016-01-01 12:00:00").Add(250 * time.Millisecond); !r.Start().Equal(want) {
		t.Errorf("Start() = %v; want %v", r.Start(), want)
	}
	var got []replay.Row
	for row, err := range r.All() {
		if err != nil {
			t.Fatalf("Next = %v; want nil", err)
		}
		row.Values = append([]float64(nil), row.Values...)
		got = append(got, row)
	}
	values := []float64{30.25, 45.5, 1013.25, 0.01, -0.02, 1, 0.1, 0.2, -0.3, -3.5, 23.5, 69.5, 31.5, 1, 2, 3}
	without := append([]float64(nil), values...)
	without[2] = nan
	want := []replay.Row{
		{Line: 1, At: utc("2016-01-01 12:00:01").Add(500 * time.Millisecond), Values: values},
		{Line: 2, At: utc("2016-01-01 12:00:02"), Values: without, Quality: sensor.OutOfRange},
	}
	if d := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if len(r.Values()) != len(values) || r.Values()[11] != "mag_z" {
		t.Errorf("Values() = %v; want %d names, the twelfth mag_z", r.Values(), len(values))
	}
	var m sensor.Motion
	if err := replay.Motion(got[0], &m); err != nil || m.Accel[2] != 9.80665 || m.Gyro[2] != -0.3 || m.Mag[2] != 69.5 {
		t.Errorf("Motion = %v, %v; want 1 g, -0.3 rad/s and 69.5 µT along z", m, err)
	}
	var env physic.Env
	if err := replay.Env(got[1], &env); err != nil || env.Pressure != 0 || env.Humidity != 455*physic.MilliRH {
		t.Errorf("Env = %v, %v; want no pressure and 45.5 %%RH", env, err)
	}
}

func TestHATErrors(t *testing.T) {
	late := append([]float64(nil), record...)
	late[0] = math.Inf(1)
	for _, tt := range []struct {
		name    string
		data    []byte
		want    error
		message string
	}{
		{"empty", nil, replay.ErrMagic, "replay: test.hat: it does not begin as a .hat recording"},
		{"other file", []byte("time,temperature,humidity"), replay.ErrMagic, "replay: test.hat: it does not begin as a .hat recording"},
		{"version", hat(2), replay.ErrVersion, "replay: test.hat: unknown version of the .hat format: 2, want 1"},
		{"cut short", hat(1, record...)[:24+100], io.ErrUnexpectedEOF, "replay: test.hat:1: unexpected EOF"},
		{"time", hat(1, late...), replay.ErrTime, "replay: test.hat:1: +Inf seconds since 1970 is not a time"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := replay.NewHATReader(bytes.NewReader(tt.data), "test.hat")
			if err == nil {
				err = r.Next(new(replay.Row))
			}
			if !errors.Is(err, tt.want) || err.Error() != tt.message {
				t.Errorf("error = %v; want %v", err, tt.message)
			}
			if r != nil {
				if err := r.Next(new(replay.Row)); err != io.EOF {
					t.Errorf("next Next = %v; want io.EOF", err)
				}
			}
		})
	}
	if _, err := replay.OpenHAT("testdata/none.hat"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("OpenHAT of no file = %v; want fs.ErrNotExist", err)
	}
}

func FuzzHAT(f *testing.F) {
	f.Add(hat(1, record...))
	f.Add(hat(1, record[:5]...))
	f.Add([]byte("SENSEHAT"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := replay.NewHATReader(bytes.NewReader(data), "fuzz.hat")
		if err != nil {
			return
		}
		var env physic.Env
		var m sensor.Motion
		var file bytes.Buffer
		rec, err := replay.NewHATRecorder(&file, r.Start())
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for row, err := range r.All() {
			if err == nil {
				if err := errors.Join(replay.Env(row, &env), replay.Motion(row, &m), rec.Write(row)); err != nil {
					t.Fatal(err)
				}
				n++
			}
		}
		if err := rec.Flush(); err != nil {
			t.Fatal(err)
		}
		// What can be read can be written, and what was written is read to the end.
		again, err := replay.NewHATReader(&file, "again.hat")
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range again.All() {
			if n--; err != nil {
				t.Fatal(err)
			}
		}
		if n != 0 {
			t.Fatalf("%d records more are read back than were written", -n)
		}
	})
}
