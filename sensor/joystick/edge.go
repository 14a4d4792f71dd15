package joystick

import (
	"context"
	"errors"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// slice is the longest that Forward waits without looking at its context: nothing else ends gpio.PinIn.WaitForEdge.
const slice = 50 * time.Millisecond

// Forward sets pin up for rising edges, and sends a value to edges for each until ctx ends; then it returns ctx.Err(),
// within 50 ms. A value that finds no room is dropped, so edges needs a capacity of at least one, and one value may stand
// for several edges. An error is that of the pin.
//
// It runs on the caller's goroutine and is meant for Options.Edge, which it can outlive and end before.
func Forward(ctx context.Context, pin gpio.PinIn, edges chan<- struct{}) error {
	if pin == nil {
		return errors.New("sensor: joystick: pin is nil")
	}
	if cap(edges) == 0 {
		return errors.New("sensor: joystick: edges has no capacity")
	}
	if err := pin.In(gpio.PullDown, gpio.RisingEdge); err != nil {
		return &PinError{Pin: pin.Name(), Err: err}
	}
	for ctx.Err() == nil {
		if !pin.WaitForEdge(slice) {
			continue
		}
		select {
		case edges <- struct{}{}:
		default:
		}
	}
	return ctx.Err()
}

// PinError says that the pin of the interrupt line cannot be used.
type PinError struct {
	Pin string // by its name
	Err error
}

func (e *PinError) Error() string { return "sensor: joystick: pin " + e.Pin + ": " + e.Err.Error() }

// Unwrap returns e.Err.
func (e *PinError) Unwrap() error { return e.Err }
