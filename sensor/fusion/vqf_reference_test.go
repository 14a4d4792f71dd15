package fusion_test

import (
	"bufio"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/brinkml/brink/sensor/fusion"
)

// shared opens a file of public IMU data beside the checkout. Tests that need it are skipped where it is absent.
func shared(t testing.TB, name string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "imu", name))
	if err != nil {
		t.Skipf("no recordings: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// table reads the numbers of a CSV file, without its first line.
func table(t testing.TB, f *os.File) [][]float64 {
	t.Helper()
	var rows [][]float64
	lines := bufio.NewScanner(f)
	lines.Scan()
	for lines.Scan() {
		var row []float64
		for field := range strings.SplitSeq(lines.Text(), ",") {
			x, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatalf("%s: %v", f.Name(), err)
			}
			row = append(row, x)
		}
		rows = append(rows, row)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// period is that of the recordings, 285.714 Hz.
const period = 3500 * time.Microsecond

func sampleOf(row []float64) fusion.Sample {
	return fusion.Sample{
		Dt:    period,
		Gyro:  [3]float64(row[0:3]),
		Accel: [3]float64(row[3:6]),
		Mag:   [3]float64(row[6:9]),
	}
}

// TestVQFReference compares with what the authors' implementation gives for their test data, with default parameters.
func TestVQFReference(t *testing.T) {
	input := table(t, shared(t, "vqf_test_input_285.714Hz.csv"))
	reference := table(t, shared(t, "vqf_reference_output.csv"))
	f := newVQF(t, nil)
	var worst6, worst9, worstBias, worstSigma float64
	for i, row := range input {
		if !f.Update(sampleOf(row)) {
			t.Fatalf("sample %d was refused", i)
		}
		if len(reference) == 0 || reference[0][0] != float64(i) {
			continue
		}
		want := reference[0]
		reference = reference[1:]
		o := f.Orientation()
		worst6 = max(worst6, o.Quat6D.AngleTo(fusion.Quaternion{W: want[1], X: want[2], Y: want[3], Z: want[4]}))
		worst9 = max(worst9, o.Quat9D.AngleTo(fusion.Quaternion{W: want[5], X: want[6], Y: want[7], Z: want[8]}))
		for j, b := range o.Bias {
			worstBias = max(worstBias, math.Abs(b-want[9+j]))
		}
		worstSigma = max(worstSigma, math.Abs(o.BiasSigma-want[12]))
		if got, want := [2]bool{o.Rest, o.Disturbed}, [2]bool{want[13] != 0, want[14] != 0}; got != want {
			t.Errorf("sample %d: rest and disturbance = %v; want %v", i, got, want)
		}
	}
	if len(reference) != 0 {
		t.Errorf("%d rows of the reference were not reached", len(reference))
	}
	t.Logf("largest differences: 6D %.2g°, 9D %.2g°, bias %.2g rad/s, sigma %.2g rad/s",
		worst6/fusion.Degree, worst9/fusion.Degree, worstBias, worstSigma)
	if max(worst6, worst9)/fusion.Degree > 1e-6 || worstBias > 1e-9 || worstSigma > 1e-9 {
		t.Error("want at most 1e-6° and 1e-9 rad/s")
	}
}
