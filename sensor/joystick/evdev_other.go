//go:build !linux

package joystick

import (
	"errors"
	"fmt"
)

// openInput has no input devices to open.
func openInput(string) (device, error) {
	return nil, fmt.Errorf("sensor: joystick: input devices: %w", errors.ErrUnsupported)
}
