package cpu

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestEmulated runs a program on the processors of the boards that this library is for, under qemu, and looks which
// levels it finds.
func TestEmulated(t *testing.T) {
	if runtime.GOARCH != "amd64" || runtime.GOOS != "linux" {
		t.Skip("this is about emulated processors")
	}
	for _, c := range []struct{ arch, cpu, tags, want string }{
		{"arm64", "cortex-a53", "", "[portable neon]"},         // Raspberry Pi 3, Zero 2 W
		{"arm64", "cortex-a72", "", "[portable neon]"},         // Raspberry Pi 4
		{"arm64", "cortex-a76", "", "[portable neon dotprod]"}, // Raspberry Pi 5
		{"arm64", "cortex-a76", "noasm", "[portable]"},
		{"arm", "arm1176", "", "[portable]"}, // Raspberry Pi 1, Zero
	} {
		t.Run(strings.TrimSpace(c.cpu+" "+c.tags), func(t *testing.T) {
			qemu, err := exec.LookPath(map[string]string{"arm64": "qemu-aarch64-static", "arm": "qemu-arm-static"}[c.arch])
			if err != nil {
				t.Skip(err)
			}
			program := filepath.Join(t.TempDir(), "levels")
			build := exec.CommandContext(t.Context(), "go", "build", "-tags", c.tags, "-o", program, "./testdata/levels")
			build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+c.arch, "GOARM=6")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("go build: %v\n%s", err, out)
			}
			out, err := exec.CommandContext(t.Context(), qemu, "-cpu", c.cpu, program).CombinedOutput()
			if got := strings.TrimSpace(string(out)); got != c.want || err != nil {
				t.Errorf("Levels() = %v, %v; want %v", got, err, c.want)
			}
		})
	}
}
