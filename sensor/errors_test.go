package sensor_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"

	"github.com/brinkml/brink/sensor"
)

func TestErrors(t *testing.T) {
	bus := &sensor.BusError{Chip: "hts221", Reg: 0x2A, Op: "read", Err: syscall.EIO}
	closed := &sensor.BusError{Chip: "hts221", Reg: 0x2A, Op: "read", Err: &os.PathError{Op: "ioctl", Path: "i2c-1", Err: os.ErrClosed}}
	wrong := &sensor.NotPresentError{
		Chip: "lps25h", Addr: 0x5C, Want: 0xBD, Got: 0xB1,
		Err: errors.New("this is the identity of an LPS22HB"),
	}
	tests := []struct {
		err       error
		text      string
		temporary bool
	}{
		{nil, "", false},
		{sensor.ErrNotReady, "no conversion has finished yet", true},
		{fmt.Errorf("sensor: hts221: %w", sensor.ErrNotReady), "sensor: hts221: no conversion has finished yet", true},
		{bus, "sensor: hts221: read 0x2a: " + syscall.EIO.Error(), true},
		{&sensor.BusError{Chip: "ledmatrix", Op: "write"}, "sensor: ledmatrix: write 0x00", true},
		{closed, "sensor: hts221: read 0x2a: ioctl i2c-1: file already closed", false},
		{&sensor.BusError{Chip: "x", Op: "read", Err: os.ErrPermission}, "sensor: x: read 0x00: permission denied", false},
		{
			&sensor.NotPresentError{Chip: "hts221", Addr: 0x5F, Want: 0xBC, Err: bus},
			"sensor: hts221: not present at 0x5f: read 0x2a: " + syscall.EIO.Error(), true,
		},
		{wrong, "sensor: lps25h: not present at 0x5c: identity is 0xb1, want 0xbd: this is the identity of an LPS22HB", false},
		{
			&sensor.NotPresentError{Chip: "lps25h", Addr: 0x5C, Want: 0xBD},
			"sensor: lps25h: not present at 0x5c: identity is 0x00, want 0xbd", false,
		},
		{&sensor.CalibrationError{Chip: "hts221", Reason: "it is dead"}, "sensor: hts221: calibration: it is dead", false},
		{context.Canceled, "context canceled", false},
		{fmt.Errorf("%w: %w", sensor.ErrNotReady, context.DeadlineExceeded), "no conversion has finished yet: context deadline exceeded", false},
		{syscall.EINTR, syscall.EINTR.Error(), true},
		{io.EOF, "EOF", false},
	}
	for _, tt := range tests {
		if tt.err != nil && tt.err.Error() != tt.text {
			t.Errorf("Error() = %q; want %q", tt.err, tt.text)
		}
		if got := sensor.Temporary(tt.err); got != tt.temporary {
			t.Errorf("Temporary(%v) = %v; want %v", tt.err, got, tt.temporary)
		}
	}
}

// The errno of the bus stays within reach through all layers.
func TestErrnoIsKept(t *testing.T) {
	err := error(&sensor.NotPresentError{Err: &sensor.BusError{Err: os.NewSyscallError("ioctl", syscall.ETIMEDOUT)}})
	if !errors.Is(err, syscall.ETIMEDOUT) {
		t.Errorf("errors.Is(%v, ETIMEDOUT) = false; want true", err)
	}
	if e, ok := errors.AsType[syscall.Errno](err); !ok || !e.Timeout() {
		t.Errorf("errors.AsType[syscall.Errno](%v) = %v, %v; want a timeout", err, e, ok)
	}
}
