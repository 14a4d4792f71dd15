package sensor

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
)

// ErrNotReady is returned by a read before the first conversion has finished. Reading again later makes sense.
var ErrNotReady = errors.New("no conversion has finished yet")

// ErrRunning is what [Sampler.All] yields when another loop over the same sampler has not ended.
var ErrRunning = errors.New("sensor: the sampler already serves a loop")

// NotPresentError says that a chip did not answer, or that another one answers in its place.
type NotPresentError struct {
	Chip string // as its package is named: "hts221"
	Addr uint16 // 7-bit bus address
	Want uint8  // identity that the chip should have given
	Got  uint8  // identity that was read; 0 when nothing was
	Err  error  // why nothing was read, or what is known about the chip that answers; may be nil
}

func (e *NotPresentError) Error() string {
	s := "sensor: " + e.Chip + ": not present at " + hex(uint64(e.Addr))
	if e.Err == nil || e.Got != 0 {
		s += ": identity is " + hex(uint64(e.Got)) + ", want " + hex(uint64(e.Want))
	}
	switch err := e.Err.(type) {
	case nil:
	case *BusError:
		s += ": " + err.detail()
	default:
		s += ": " + err.Error()
	}
	return s
}

// Unwrap returns e.Err.
func (e *NotPresentError) Unwrap() error { return e.Err }

// BusError is a bus transaction that failed. The bus's own error, an errno where the bus keeps it, is reached by
// [errors.Is] and [errors.As].
type BusError struct {
	Chip string // as its package is named
	Reg  uint8  // first register of the transaction, without auto-increment bits
	Op   string // "read" or "write"
	Err  error
}

func (e *BusError) Error() string { return "sensor: " + e.Chip + ": " + e.detail() }

func (e *BusError) detail() string {
	s := e.Op + " " + hex(uint64(e.Reg))
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns e.Err.
func (e *BusError) Unwrap() error { return e.Err }

// CalibrationError says that the factory calibration stored in a chip cannot be used: the chip is damaged, is a
// counterfeit, or its memory was read wrongly.
type CalibrationError struct {
	Chip   string
	Reason string
	Data   []byte // the calibration registers as read
}

func (e *CalibrationError) Error() string {
	return "sensor: " + e.Chip + ": calibration: " + e.Reason
}

// Temporary reports whether the operation that returned err may succeed when it is tried again, without anybody
// changing the hardware, the program or its rights.
//
// It is true for [ErrNotReady]; for a [BusError], alone or within a [NotPresentError], since a bus recovers from noise
// and a chip from a loose contact, unless the system has said that the bus is closed, missing, forbidden or unsupported;
// and for an error that says so of itself by a method Temporary() bool. It is false for nil, a wrong chip, a bad
// calibration, an ended context, and anything unknown.
func Temporary(err error) bool {
	switch {
	case err == nil,
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrClosed),
		errors.Is(err, errors.ErrUnsupported):
		return false
	case errors.Is(err, ErrNotReady):
		return true
	}
	if _, ok := errors.AsType[*BusError](err); ok {
		return true
	}
	t, ok := errors.AsType[interface {
		error
		Temporary() bool
	}](err)
	return ok && t.Temporary()
}

// hex formats v as 0x and at least two digits.
func hex(v uint64) string {
	s := strconv.FormatUint(v, 16)
	if len(s) < 2 {
		s = "0" + s
	}
	return "0x" + s
}
