package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const header = "datetime;Accelerometer1RMS;Accelerometer2RMS;Current;Pressure;Temperature;Thermocouple;Voltage;Volume Flow RateRMS;anomaly;changepoint"

// fault is a span of rows in which a synthetic pump's valve is half closed.
type fault struct{ from, to int }

func (f fault) has(row int) bool { return f.from <= row && row < f.to }

// pump returns the lines of a synthetic recording of SKAB's layout. Its eight sensors follow two common causes, load
// and room, with noise of their own. In a fault the flow no longer follows the load, and vibrations do more.
func pump(seed uint64, rows int, f fault) []string {
	rnd := rand.New(rand.NewPCG(seed, 0))
	lines := []string{header}
	load, room := 0.0, 0.0
	for i := range rows {
		load = 0.9*load + 0.4*rnd.NormFloat64()
		room = 0.95*room + 0.3*rnd.NormFloat64()
		shake, flow := load, load
		label := 0
		if f.has(i) {
			shake, flow, label = 3*load, -4, 1
		}
		v := [...]float64{
			0.027 + 0.001*shake, 0.040 + 0.002*shake, 0.97 + 0.2*load, 0.05 + 0.1*flow,
			75 + 0.3*room, 25 + 0.2*room, 229 - 5*load, 32 + 2*flow,
		}
		line := fmt.Sprintf("2020-03-09 %02d:%02d:%02d", 10+i/3600, i/60%60, i%60)
		for c, x := range v {
			line += fmt.Sprintf(";%.6g", x+0.1*math.Abs(x)*0.02*rnd.NormFloat64()*float64(1+c%2))
		}
		lines = append(lines, fmt.Sprintf("%s;%d.0;0.0", line, label))
	}
	return lines
}

// save writes lines to a file below dir, as SKAB ends them, and returns its path.
func save(t testing.TB, dir, name string, lines []string) string {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\r\n")+"\r\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestReadRecording(t *testing.T) {
	file := save(t, t.TempDir(), "a.csv", []string{
		header,
		"2020-03-09 10:14:33;0.5;2;3;4;5;6;7;8;0.0;0.0",
		"2020-03-09 10:14:34;1.5;2;3;4;5;6;7;9;1.0;1.0",
	})
	r, err := readRecording(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []float32{0.5, 2, 3, 4, 5, 6, 7, 8, 1.5, 2, 3, 4, 5, 6, 7, 9}; !slices.Equal(r.values, want) {
		t.Errorf("values are %v; want %v", r.values, want)
	}
	if want := []bool{false, true}; !slices.Equal(r.anomaly, want) {
		t.Errorf("labels are %v; want %v", r.anomaly, want)
	}
	if want := []int{2, 3}; !slices.Equal(r.lines, want) {
		t.Errorf("lines are %v; want %v", r.lines, want)
	}

	r, err = readRecording(file, []string{"Volume Flow RateRMS", "Accelerometer1RMS"})
	if err != nil {
		t.Fatal(err)
	}
	if want := []float32{8, 0.5, 9, 1.5}; r.channels != 2 || !slices.Equal(r.values, want) {
		t.Errorf("with columns chosen: %d channels, values %v; want 2, %v", r.channels, r.values, want)
	}
}

func TestReadRecordingWithoutLabels(t *testing.T) {
	file := save(t, t.TempDir(), "a.csv", []string{"a,b", "1,2", "3,4"})
	r, err := readRecording(file, []string{"b"})
	if err != nil {
		t.Fatal(err)
	}
	if r.anomaly != nil || !slices.Equal(r.values, []float32{2, 4}) {
		t.Errorf("values %v, labels %v; want [2 4] and nil", r.values, r.anomaly)
	}
}
