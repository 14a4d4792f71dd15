package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// sizes are the budgets of whole programs in bytes, built for the smallest board: linux/arm GOARM=6, stripped.
// Who trips one finds the regression, or raises the budget in the same change and says why in docs/RATIONALE.md.
var sizes = []struct {
	program string // folder in testdata
	max     int64
}{
	{"sensoronly", 2_300_000},
	{"sensorinference", 5_000_000},
}

func TestSizes(t *testing.T) {
	for _, s := range sizes {
		t.Run(s.program, func(t *testing.T) {
			bin := filepath.Join(t.TempDir(), s.program)
			cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin, "./testdata/"+s.program)
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm", "GOARM=6")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			info, err := os.Stat(bin)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: %d bytes of %d", s.program, info.Size(), s.max)
			if info.Size() > s.max {
				t.Errorf("%s takes %d bytes; want at most %d", s.program, info.Size(), s.max)
			}
		})
	}
}
