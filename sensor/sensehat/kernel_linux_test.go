package sensehat_test

import (
	"errors"
	"image"
	"image/color"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/joystick"
	"github.com/brinkml/brink/sensor/sensehat"
)

// devices makes files that behave as the kernel's devices do, as far as it matters here.
func devices(t *testing.T) (framebuffer, input string) {
	t.Helper()
	framebuffer, input = filepath.Join(t.TempDir(), "fb1"), filepath.Join(t.TempDir(), "event0")
	if err := os.WriteFile(framebuffer, make([]byte, 128), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(input, 0o644); err != nil {
		t.Fatal(err)
	}
	return framebuffer, input
}

// The kernel's devices are used where they are, and the bus is left alone there.
func TestKernelDevices(t *testing.T) {
	framebuffer, input := devices(t)
	board := emulator.New(&emulator.Options{Without: []uint16{emulator.LEDMatrix}})
	hat, err := sensehat.Open(board, &sensehat.Options{Kernel: sensehat.NewKernel(framebuffer, input)})
	if err != nil {
		t.Fatal(err)
	}
	if missing := hat.Missing(); len(missing) != 0 {
		t.Fatalf("Missing() = %v; want none", missing)
	}
	matrix, err := hat.Matrix()
	if err != nil {
		t.Fatal(err)
	}
	if err := matrix.Draw(matrix.Bounds(), image.NewUniform(color.White), image.Point{}); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(framebuffer); err != nil || len(b) != 128 || b[127] != 0xFF {
		t.Errorf("frame buffer = % x, %v; want it white", b, err)
	}
	stick, err := hat.Joystick()
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := stick.(*joystick.Evdev); !ok {
		t.Errorf("Joystick() = %T; want that of the kernel", stick)
	}
	if err := hat.Close(); err != nil {
		t.Errorf("Close = %v; want nil", err)
	}
	if err := matrix.Refresh(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Refresh after Close = %v; want %v", err, os.ErrClosed)
	}
}

// Without the kernel's devices the bus has them, and without either the error says both.
func TestKernelFallsBack(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	o := &sensehat.Options{Kernel: sensehat.NewKernel(none, none)}
	board := emulator.New(nil)
	hat, err := sensehat.Open(board, o)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	if got := works(t, hat); len(got) != 5 {
		t.Errorf("%v work; want all", got)
	}
	if board.Pixels()[0].R == 0 {
		t.Error("the emulated matrix is dark; want what was drawn")
	}
	board = emulator.New(&emulator.Options{Without: []uint16{emulator.LEDMatrix}})
	if hat, err = sensehat.Open(board, o); err != nil {
		t.Fatal(err)
	}
	if stick, err := hat.Joystick(); err == nil || stick != nil {
		t.Errorf("Joystick() = %v, %v; want nil and why", stick, err)
	}
	for _, err := range hat.Missing() {
		if _, ok := errors.AsType[*sensor.NotPresentError](err); !ok || !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, emulator.ErrNACK) {
			t.Errorf("missing = %v; want why neither is there", err)
		}
	}
	if got := len(hat.Missing()); got != 2 {
		t.Errorf("%d parts are missing; want matrix and joystick", got)
	}
}
