package rules

import (
	"debug/elf"
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

// additions are the budgets of single packages: what a program may grow by when it links one more, built in the same
// way. It is counted in loaded sections, because the linker pads what is in the file to 64 KiB.
var additions = []struct {
	without, with string // folders in testdata
	max           int64
}{
	{"transportonly", "transportshadow", 300_000},
	{"transportonly", "transportawsiot", 500_000},
}

func TestSizes(t *testing.T) {
	for _, s := range sizes {
		t.Run(s.program, func(t *testing.T) {
			info, err := os.Stat(build(t, s.program))
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

func TestAdditions(t *testing.T) {
	for _, a := range additions {
		t.Run(a.with, func(t *testing.T) {
			size := loaded(t, build(t, a.with)) - loaded(t, build(t, a.without))
			t.Logf("%s over %s: %d bytes of %d", a.with, a.without, size, a.max)
			if size > a.max {
				t.Errorf("%s takes %d bytes more than %s; want at most %d", a.with, size, a.without, a.max)
			}
		})
	}
}

// build builds a program of testdata for the smallest board and returns its path.
func build(t *testing.T, program string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), program)
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin, "./testdata/"+program)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm", "GOARM=6")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// loaded is how many bytes of a program are in memory when it starts.
func loaded(t *testing.T, bin string) (size int64) {
	t.Helper()
	f, err := elf.Open(bin)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_ALLOC != 0 {
			size += int64(s.Size)
		}
	}
	return size
}
