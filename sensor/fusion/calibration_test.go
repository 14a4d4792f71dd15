package fusion_test

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/fusion"
)

func example() *fusion.Calibration {
	return &fusion.Calibration{
		Gyro: [3]float64{0.01, -0.02, 1.0 / 3},
		Mag: &fusion.Affine{
			Offset: [3]float64{12.5, -30, 5},
			Matrix: [3][3]float64{{1.1, 0.02, 0}, {0.02, 0.9, 0.01}, {0, 0.01, 1}},
		},
	}
}

func TestCalibrationApply(t *testing.T) {
	c := fusion.Calibration{
		Gyro:  [3]float64{1, 2, 3},
		Accel: &fusion.Affine{Offset: [3]float64{0, 0, 1}, Matrix: [3][3]float64{{2, 0, 0}, {0, 1, 0}, {0, 1, 1}}},
	}
	m := sensor.Motion{Gyro: [3]float64{1, 1, 1}, Accel: [3]float64{1, 2, 10}, Mag: [3]float64{7, 8, 9}}
	c.Apply(&m)
	want := sensor.Motion{Gyro: [3]float64{0, -1, -2}, Accel: [3]float64{2, 2, 11}, Mag: [3]float64{7, 8, 9}}
	if m != want {
		t.Errorf("Apply = %+v; want %+v", m, want)
	}
	none := want
	new(fusion.Calibration).Apply(&none)
	if none != want {
		t.Errorf("a zero calibration made %+v of %+v", none, want)
	}
}

func TestCalibrationFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "imu.json")
	if _, err := fusion.OpenCalibration(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("OpenCalibration of nothing = %v; want fs.ErrNotExist", err)
	}
	for _, want := range []*fusion.Calibration{example(), {}} { // the second one over the first
		if err := want.Save(name); err != nil {
			t.Fatal(err)
		}
		got, err := fusion.OpenCalibration(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("saved and opened (-want +got):\n%s", diff)
		}
	}
	bad := example()
	bad.Gyro[0] = math.NaN()
	if err := bad.Save(name); !errors.Is(err, fusion.ErrCalibration) {
		t.Errorf("Save of a NaN = %v; want ErrCalibration", err)
	}
	if got, err := fusion.OpenCalibration(name); err != nil || *got != (fusion.Calibration{}) {
		t.Errorf("after a Save that failed: %+v, %v; want the one before", got, err)
	}
	if err := os.Mkdir(name+".dir", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := example().Save(filepath.Join(name+".dir", "missing", "imu.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Save in no folder = %v; want fs.ErrNotExist", err)
	}
}

func TestReadCalibration(t *testing.T) {
	data, err := example().Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := fusion.ReadCalibration(iotest.OneByteReader(bytes.NewReader(data)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(example(), got); diff != "" {
		t.Errorf("encoded and read (-want +got):\n%s", diff)
	}
	if _, err := fusion.ReadCalibration(strings.NewReader(strings.Repeat(" ", 1<<20))); !errors.Is(err, fusion.ErrCalibration) {
		t.Errorf("a megabyte: %v; want ErrCalibration", err)
	}
	if _, err := fusion.ReadCalibration(iotest.ErrReader(fs.ErrClosed)); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a reader that fails: %v; want its error", err)
	}
}

// refused are calibrations that would spoil readings.
var refused = []struct {
	json string
	want error
}{
	{``, fusion.ErrCalibration},
	{`null`, fusion.ErrCalibration},
	{`[]`, fusion.ErrCalibration},
	{`{}`, fusion.ErrCalibration},
	{`{"version": 1}`, fusion.ErrCalibration},
	{`{"version": 2, "gyro": {"x": 1}}`, fusion.ErrVersion},
	{`{"version": 0, "gyro": [0, 0, 0]}`, fusion.ErrVersion},
	{`{"version": -1}`, fusion.ErrVersion},
	{`{"version": "1", "gyro": [0, 0, 0]}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": null}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, 0]}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, 0, 0, 0]}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, null, 0]}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, "1", 0]}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, 1e999, 0]}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, 1e30, 0]}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, NaN, 0]}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, 0, 0], "magnet": {}}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, 0, 0]} {}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, 0, 0], "mag": {}}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, 0, 0], "mag": {"offset": [0, 0, 0]}}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, 0, 0], "mag": {"offset": [0, 0, 0], "matrix": [[1, 0, 0], [0, 1, 0]]}}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, 0, 0], "mag": {"offset": [0, 0, 0], "matrix": [[1, 0, 0], [0, 1, 0], null]}}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, 0, 0], "mag": {"offset": [0, 0, 0], "matrix": [[0, 0, 0], [0, 0, 0], [0, 0, 0]]}}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, 0, 0], "accel": {"offset": [0, 0, 0], "matrix": [[1, 2, 3], [2, 4, 6], [0, 0, 1]]}}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, 0, 0], "accel": {"offset": [0, 0, 0], "matrix": [[1, 0, 0], [0, 1, 0], [0, 0, -1]]}}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, 0, 0], "accel": {"offset": [0, 0, 0], "matrix": [[1, 0, 0], [0, 1, 0], [0, 0, 1e-9]]}}`, fusion.ErrCalibration},
	{`{"version": 1, "gyro": [0, 0, 0], "accel": {"offset": [0, 9e9, 0], "matrix": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}}`, fusion.ErrCalibration},
}

func TestParseCalibrationRefuses(t *testing.T) {
	for _, tt := range refused {
		if c, err := fusion.ParseCalibration([]byte(tt.json)); !errors.Is(err, tt.want) {
			t.Errorf("ParseCalibration(%s) = %+v, %v; want %v", tt.json, c, err, tt.want)
		}
	}
}

// FuzzParseCalibration wants of what is accepted that it can be applied and kept.
func FuzzParseCalibration(f *testing.F) {
	for _, tt := range refused {
		f.Add([]byte(tt.json))
	}
	data, err := example().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := fusion.ParseCalibration(data)
		if err != nil {
			if !errors.Is(err, fusion.ErrCalibration) && !errors.Is(err, fusion.ErrVersion) {
				t.Fatalf("error = %v; want one of the package's", err)
			}
			return
		}
		m := sensor.Motion{Accel: [3]float64{1, 2, 3}, Gyro: [3]float64{4, 5, 6}, Mag: [3]float64{7, 8, 9}}
		c.Apply(&m)
		for _, v := range [][3]float64{m.Accel, m.Gyro, m.Mag} {
			if s := v[0] + v[1] + v[2]; math.IsNaN(s) || math.IsInf(s, 0) {
				t.Fatalf("applied: %+v", m)
			}
		}
		again, err := c.Encode()
		if err != nil {
			t.Fatalf("accepted, but not to be encoded: %v", err)
		}
		back, err := fusion.ParseCalibration(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, back); diff != "" {
			t.Fatalf("encoded and parsed (-want +got):\n%s", diff)
		}
	})
}
