package fusion

import (
	"bytes"
	"errors"
	"testing"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/internal/durable/crashfs"
)

// TestSaveSurvivesPowerCuts cuts the power at every step of replacing a calibration: the file has the old or the new one.
func TestSaveSurvivesPowerCuts(t *testing.T) {
	const name = "/etc/imu.json"
	before, after := Calibration{Gyro: [3]float64{1}}, Calibration{Gyro: [3]float64{2}}
	var want [2][]byte
	for i, c := range []*Calibration{&before, &after} {
		data, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		want[i] = data
	}
	for cut := 1; ; cut++ {
		fsys := crashfs.New(uint64(cut))
		if err := fsys.MkdirAll("/etc"); err != nil {
			t.Fatal(err)
		}
		if err := before.save(fsys, name); err != nil {
			t.Fatal(err)
		}
		fsys.CrashAt(cut)
		err := after.save(fsys, name)
		if err != nil && !errors.Is(err, crashfs.ErrCrashed) {
			t.Fatal(err)
		}
		fsys = fsys.Reboot()
		got, readErr := durable.ReadFile(fsys, name, maxCalibration)
		if readErr != nil {
			t.Fatalf("cut %d: %v", cut, readErr)
		}
		if !bytes.Equal(got, want[1]) && (err == nil || !bytes.Equal(got, want[0])) {
			t.Fatalf("cut %d: save = %v and the file has %q", cut, err, got)
		}
		if err == nil {
			if cut < 4 {
				t.Errorf("a save takes %d steps; want the cuts to hit some", cut-1)
			}
			return
		}
	}
}
