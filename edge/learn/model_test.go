package learn

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
)

// trained returns a detector of three channels, in windows of 8 rows, and its model.
func trained(t testing.TB) (*Detector, []byte) {
	t.Helper()
	d, err := Train(t.Context(), follow(1, 300), 3, &Options{Lag: 8})
	if err != nil {
		t.Fatal(err)
	}
	onnx, err := d.Model([]string{"in", "out", "supply"})
	if err != nil {
		t.Fatal(err)
	}
	return d, onnx
}

// watch returns a monitor that is closed with the test.
func watch(t testing.TB, onnx []byte) *Monitor {
	t.Helper()
	m, err := NewMonitor(onnx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func TestModelComputesWhatTheDetectorDoes(t *testing.T) {
	d, onnx := trained(t)
	m := watch(t, onnx)
	if m.Lag() != d.Lag() || m.Channels() != d.Channels() || m.Threshold() != d.Threshold() {
		t.Errorf("the monitor has lag %d, %d channels, threshold %v; want %d, %d, %v", m.Lag(), m.Channels(), m.Threshold(), d.Lag(), d.Channels(), d.Threshold())
	}
	rows := follow(7, 200)
	for i := 100; i < 110; i++ {
		rows[3*i+1] += 1 // the second channel no longer follows the first
	}
	flagged := 0
	for i := range 200 {
		v, err := m.Judge(t.Context(), rows[3*i:3*i+3])
		if err != nil {
			t.Fatal(err)
		}
		if i < d.lag-1 {
			if v != (Verdict{}) {
				t.Errorf("row %d: verdict %+v before the window is full; want none", i, v)
			}
			continue
		}
		want := d.score(rows[3*(i+1-d.lag) : 3*(i+1)])
		if math.Abs(float64(v.Score)-want) > 1e-4*want {
			t.Errorf("row %d: the model's score is %v; want %v", i, v.Score, want)
		}
		if !v.Ready || v.Anomaly != (v.Score > d.threshold) {
			t.Errorf("row %d: verdict %+v with threshold %v", i, v, d.threshold)
		}
		if v.Anomaly {
			flagged++
		}
	}
	if flagged < 10 || flagged > 10+2*d.lag {
		t.Errorf("%d rows are flagged; want the 10 of the fault and those whose window holds them", flagged)
	}
}

func TestModelIsReproducible(t *testing.T) {
	_, a := trained(t)
	if _, b := trained(t); !bytes.Equal(a, b) {
		t.Error("two trainings on the same rows gave different bytes")
	}
}

func TestModelNames(t *testing.T) {
	d, _ := trained(t)
	for _, names := range [][]string{nil, {"in", "out", "supply"}, {"", "", ""}, {"flow, l/min", `3" pipe`, "Druck ä"}} {
		onnx, err := d.Model(names)
		if err != nil {
			t.Errorf("Model(%q) = %v; want no error", names, err)
			continue
		}
		if got := watch(t, onnx).Names(); !slices.Equal(got, names) {
			t.Errorf("Names of Model(%q) = %q", names, got)
		}
	}
	for _, names := range [][]string{{}, {"one"}, {"a", "b", "c", "d"}, {"a", "b", "\xff"}} {
		if _, err := d.Model(names); err == nil || !strings.Contains(err.Error(), "learn: ") {
			t.Errorf("Model(%q) = %v; want an error", names, err)
		}
	}
}
