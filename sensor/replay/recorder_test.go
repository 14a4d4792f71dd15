package replay_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/replay"
	"github.com/brinkml/brink/sensor/sensortest"
	"github.com/brinkml/brink/sensor/stage"
)

// TestRecorderReadsBack writes rows with any numbers and reads the same.
func TestRecorderReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var file bytes.Buffer
		o := &replay.RecorderOptions{
			Comma:  rapid.SampledFrom([]byte{0, ';', '\t'}).Draw(t, "comma"),
			Labels: []string{"bad"},
		}
		rec, err := replay.NewRecorder(&file, []string{"a", `b; "x", y`}, o)
		if err != nil {
			t.Fatalf("NewRecorder = %v; want nil", err)
		}
		var want []replay.Row
		for i := range rapid.IntRange(0, 20).Draw(t, "rows") {
			row := replay.Row{
				Line:   i + 2,
				At:     time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "s"), rapid.Int64Range(0, 999999999).Draw(t, "ns")).UTC(),
				Values: []float64{rapid.Float64().Draw(t, "a"), rapid.Float64().Draw(t, "b")},
				Labels: []float64{rapid.SampledFrom([]float64{0, 1}).Draw(t, "bad")},
			}
			if err := rec.Write(row); err != nil {
				t.Fatalf("Write = %v; want nil", err)
			}
			want = append(want, row)
		}
		if err := rec.Flush(); err != nil {
			t.Fatalf("Flush = %v; want nil", err)
		}
		r, err := replay.NewReader(&file, "recorded.csv", rec.Options())
		if err != nil {
			t.Fatalf("NewReader = %v; want nil", err)
		}
		var got []replay.Row
		for row, err := range r.All() {
			if err != nil {
				t.Fatalf("Next = %v; want nil", err)
			}
			row.Values = append([]float64(nil), row.Values...)
			row.Labels = append([]float64(nil), row.Labels...)
			got = append(got, row)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("rows (-want +got):\n%s", d)
		}
	})
}

func TestRecorderErrors(t *testing.T) {
	_, err := replay.NewRecorder(io.Discard, []string{"a", "a", " b", ""}, &replay.RecorderOptions{Comma: '1', Time: "a\n"})
	if err == nil {
		t.Fatal("NewRecorder with bad names = nil; want an error")
	}
	for _, want := range []string{"'1' cannot separate", "column 4 of 4 has no name", `"a" is there more than once`, `" b" cannot be read back`, `"a\n" cannot be read back`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("NewRecorder = %v; want %q in it", err, want)
		}
	}
	rec, err := replay.NewRecorder(full{}, []string{"a"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := rec.Write(replay.Row{Values: []float64{1, 2}}); err == nil {
		t.Error("Write of two values for one column = nil; want an error")
	}
	if err := rec.Write(replay.Row{Values: []float64{1}}); err != nil {
		t.Errorf("buffered Write = %v; want nil", err)
	}
	for range 2 {
		if err := rec.Flush(); !errors.Is(err, errFull) {
			t.Errorf("Flush = %v; want the writer's error", err)
		}
	}
}

var errFull = errors.New("disk is full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestRecorderUnits(t *testing.T) {
	var file bytes.Buffer
	rec, err := replay.NewRecorder(&file, []string{"in", "out", "p"}, &replay.RecorderOptions{
		Units: []replay.Unit{replay.Kelvin, replay.Fahrenheit, {}},
	})
	if err != nil {
		t.Fatal(err)
	}
	at := utc("2026-01-05 06:00:00")
	if err := errors.Join(rec.Write(replay.Row{At: at, Values: []float64{20, -40, 7}}), rec.Flush()); err != nil {
		t.Fatal(err)
	}
	if got, want := file.String(), "time,in,out,p\n2026-01-05T06:00:00Z,293.15,-40,7\n"; got != want {
		t.Errorf("recording = %q; want %q", got, want)
	}
	back, bad := rows(t, file.String(), rec.Options())
	if len(bad) != 0 || len(back) != 1 || math.Abs(back[0].Values[0]-20) > 1e-12 || math.Abs(back[0].Values[1]+40) > 1e-12 || back[0].Values[2] != 7 {
		t.Errorf("read back = %v, %v; want 20, -40, 7", back, bad)
	}
	_, err = replay.NewRecorder(&file, []string{"a"}, &replay.RecorderOptions{Units: []replay.Unit{{}, {}}})
	if err == nil || err.Error() != "replay: recorder: 2 units for 1 values" {
		t.Errorf("NewRecorder with two units for one value = %v", err)
	}
	_, err = replay.NewRecorder(&file, []string{"a"}, &replay.RecorderOptions{Units: []replay.Unit{{Offset: 3}}})
	if err == nil {
		t.Error("NewRecorder with a scale of 0 = nil; want an error")
	}
}

// A source that is recorded by package stage is read back as it was.
func TestLog(t *testing.T) {
	type step = sensortest.Step[sensor.Motion]
	channels := sensor.MotionChannels()
	var file bytes.Buffer
	rec, err := replay.NewRecorder(&file, sensor.ChannelNames(channels), nil)
	if err != nil {
		t.Fatal(err)
	}
	m := sensor.Motion{Accel: [3]float64{0, 0, math.Pi}, Mag: [3]float64{1e-300, -5, 7}}
	src, err := stage.NewRecord(sensortest.Script(step{Value: m}, step{Err: errFull}, step{}), replay.NewLog(rec, channels), nil)
	if err != nil {
		t.Fatal(err)
	}
	var r sensor.Reading[sensor.Motion]
	for range 3 {
		if err := src.Read(t.Context(), &r); err != nil && err != errFull {
			t.Errorf("Read = %v; want what the source gives", err)
		}
	}
	if err := rec.Flush(); err != nil {
		t.Fatalf("Flush = %v; want nil", err)
	}
	back, bad := rows(t, file.String(), rec.Options())
	if len(bad) != 0 || len(back) != 2 || !back[1].At.Equal(r.At) {
		t.Fatalf("recording = %v, %v; want two rows, the last at %v", back, bad, r.At)
	}
	var got sensor.Motion
	for i, c := range channels {
		c.Set(&got, back[0].Values[i])
	}
	if got != m {
		t.Errorf("recorded motion = %v; want %v", got, m)
	}
}

func TestLogContract(t *testing.T) {
	sensortest.TestSource(t, func(t *testing.T) sensor.Source[float64] {
		rec, err := replay.NewRecorder(io.Discard, []string{"a"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		src := sensortest.Script(sensortest.Step[float64]{Value: 1, Times: sensortest.Forever})
		log := replay.NewLog(rec, []sensor.Channel[float64]{{Get: func(v *float64) float64 { return *v }}})
		s, err := stage.NewRecord(src, log, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}, &sensortest.Contract{Concurrent: true})
}

func TestCopy(t *testing.T) {
	in, err := replay.NewReader(strings.NewReader("a\n1\n2\nx\n4\n"), "test.csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	rec, err := replay.NewRecorder(&file, in.Values(), nil)
	if err != nil {
		t.Fatal(err)
	}
	n, err := replay.Copy(rec, in)
	if n != 2 || !errors.Is(err, replay.ErrNumber) || strings.Count(file.String(), "\n") != 3 {
		t.Errorf("Copy = %d, %v, and %q; want two rows and the error of the third", n, err, file.String())
	}
	if n, err := replay.Copy(rec, in); n != 1 || err != nil {
		t.Errorf("Copy of what is left = %d, %v; want 1, nil", n, err)
	}
	broken, err := replay.NewRecorder(full{}, []string{"a"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := replay.Copy(broken, in); n != 0 || !errors.Is(err, errFull) {
		t.Errorf("Copy to a full disk = %d, %v; want its error", n, err)
	}
}
