package sensehat

import (
	"context"
	"errors"
	"iter"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"

	"github.com/brinkml/brink/sensor/joystick"
	"github.com/brinkml/brink/sensor/ledmatrix"
)

// Kernel are the devices by which the kernel's rpisense driver serves the matrix and the joystick. They are linked only into
// programs that call [NewKernel].
type Kernel struct {
	matrix func(*ledmatrix.Options) (*ledmatrix.Dev, error)
	stick  func(*joystick.Options) (Stick, error)
}

// NewKernel is for Options.Kernel. The paths are those of the frame buffer, such as /dev/fb1, and of the input device, such
// as /dev/input/event0; empty ones stand for the devices that have the driver's names. It opens nothing.
func NewKernel(framebuffer, input string) *Kernel {
	return &Kernel{
		matrix: func(o *ledmatrix.Options) (*ledmatrix.Dev, error) { return ledmatrix.OpenFramebuffer(framebuffer, o) },
		stick:  func(o *joystick.Options) (Stick, error) { return joystick.OpenEvdev(input, o) },
	}
}

// Stick is the joystick: a *joystick.Dev on the bus, or a *joystick.Evdev of the kernel.
type Stick interface {
	conn.Resource
	// Events yields what happens until ctx ends or the consumer breaks.
	Events(ctx context.Context) iter.Seq2[joystick.Event, error]
	// Wait returns the next event.
	Wait(ctx context.Context) (joystick.Event, error)
}

// openMatrix tries the kernel's device first, if it is to be used.
func openMatrix(bus i2c.Bus, k *Kernel, o *ledmatrix.Options) (*ledmatrix.Dev, error) {
	if k == nil || k.matrix == nil {
		return ledmatrix.New(bus, o)
	}
	dev, err := k.matrix(o)
	if err == nil {
		return dev, nil
	}
	dev, busErr := ledmatrix.New(bus, o)
	if busErr != nil {
		return nil, errors.Join(err, busErr)
	}
	return dev, nil
}

// openStick does the same for the joystick.
func openStick(bus i2c.Bus, k *Kernel, o *joystick.Options) (Stick, error) {
	if k == nil || k.stick == nil {
		return joystick.New(bus, o)
	}
	dev, err := k.stick(o)
	if err == nil {
		return dev, nil
	}
	var busErr error
	dev, busErr = joystick.New(bus, o)
	if busErr != nil {
		return nil, errors.Join(err, busErr)
	}
	return dev, nil
}

var (
	_ Stick = (*joystick.Dev)(nil)
	_ Stick = (*joystick.Evdev)(nil)
)
