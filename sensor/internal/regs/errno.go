package regs

import (
	"errors"
	"strings"
	"syscall"

	"github.com/brinkml/brink/sensor"
)

// Fail returns the error of a bus transaction as a *sensor.BusError.
//
// periph's Linux bus formats the kernel's errno into the text of its error and drops it: what is lost so is put back, so
// that errors.Is finds it.
func Fail(chip string, reg uint8, op string, err error) error {
	return &sensor.BusError{Chip: chip, Reg: reg, Op: op, Err: withErrno(err)}
}

// withErrno adds to err the errno that its text ends with, if that is one that I²C adapters report and err has none.
func withErrno(err error) error {
	if _, ok := errors.AsType[syscall.Errno](err); ok || err == nil {
		return err
	}
	for _, errno := range busErrnos {
		if strings.HasSuffix(err.Error(), ": "+errno.Error()) {
			return &errnoError{err, errno}
		}
	}
	return err
}

// errnoError is an error with the errno of which it only had the text.
type errnoError struct {
	error
	errno syscall.Errno
}

func (e *errnoError) Unwrap() []error { return []error{e.error, e.errno} }
