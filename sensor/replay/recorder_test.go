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

func TestTee(t *testing.T) {
	type step = sensortest.Step[float64]
	var file bytes.Buffer
	rec, err := replay.NewRecorder(&file, []string{"level"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	src := replay.Tee(sensortest.Script(step{Value: 1}, step{Err: errFull}, step{Value: math.Pi}), rec,
		func(v float64, to []float64) []float64 { return append(to, v) })
	var r sensor.Reading[float64]
	for range 3 {
		if err := src.Read(t.Context(), &r); err != nil && err != errFull {
			t.Errorf("Read = %v; want what the source gives", err)
		}
	}
	if err := rec.Flush(); err != nil {
		t.Fatalf("Flush = %v; want nil", err)
	}
	back, bad := rows(t, file.String(), rec.Options())
	if len(bad) != 0 || len(back) != 2 || back[1].Values[0] != math.Pi || !back[1].At.Equal(r.At) {
		t.Errorf("recording = %v, %v; want 1 and π at %v", back, bad, r.At)
	}
}

func TestTeeContract(t *testing.T) {
	sensortest.TestSource(t, func(t *testing.T) sensor.Source[float64] {
		rec, err := replay.NewRecorder(io.Discard, []string{"a"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		src := sensortest.Script(sensortest.Step[float64]{Value: 1, Times: sensortest.Forever})
		return replay.Tee(src, rec, func(v float64, to []float64) []float64 { return append(to, v) })
	}, nil)
}
