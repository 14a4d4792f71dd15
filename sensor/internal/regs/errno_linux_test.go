package regs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/brinkml/brink/sensor"
)

func TestFailKeepsErrno(t *testing.T) {
	for _, errno := range busErrnos {
		// As in host/v3/sysfs/i2c.go.
		periph := fmt.Errorf("sysfs-i2c: %v", errno)
		err := Fail("hts221", 0x27, "read", periph)
		if !errors.Is(err, errno) || !errors.Is(err, periph) {
			t.Errorf("Fail(%v) = %v; want %v and the bus's error within", periph, err, errno)
		}
		if want := "sensor: hts221: read 0x27: sysfs-i2c: " + errno.Error(); err.Error() != want {
			t.Errorf("Fail(%v) = %q; want %q", periph, err, want)
		}
		wrapped := os.NewSyscallError("ioctl", errno)
		if e, ok := errors.AsType[*sensor.BusError](Fail("x", 0, "write", wrapped)); !ok || e.Err != wrapped {
			t.Errorf("Fail(%v) = %v; want an error with an errno left alone", wrapped, e)
		}
	}
	other := errors.New("sysfs-i2c: invalid address")
	if e, ok := errors.AsType[*sensor.BusError](Fail("x", 0, "write", other)); !ok || e.Err != other {
		t.Errorf("Fail(%v) = %v; want an unknown error left alone", other, e)
	}
	if denied := Fail("x", 0, "write", errors.New("sysfs-i2c: operation not permitted")); sensor.Temporary(denied) || !errors.Is(denied, fs.ErrPermission) {
		t.Errorf("Temporary(%v) = true; want false: it is about rights", denied)
	}
	if remote := Fail("x", 0, "write", errors.New("sysfs-i2c: "+syscall.EREMOTEIO.Error())); !sensor.Temporary(remote) {
		t.Errorf("Temporary(%v) = false; want true", remote)
	}
}
