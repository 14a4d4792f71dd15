//go:build !linux

package joystick

import (
	"errors"
	"testing"
)

func TestEvdevIsUnsupported(t *testing.T) {
	if _, err := OpenEvdev("", nil); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("OpenEvdev = %v; want %v", err, errors.ErrUnsupported)
	}
}
