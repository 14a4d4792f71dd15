package joystick

import (
	"errors"
	"strconv"
	"time"
)

// Options are the optional settings of the joystick. The zero value is the default.
type Options struct {
	// Poll is the time between two reads of the register. 0 is 20 ms. With Edge it only matters while a direction is down
	// and after a failed read.
	Poll time.Duration
	// Edge gives a value for each rising edge of the microcontroller's interrupt line; one value may stand for several
	// edges. nil is none: the register is read every Poll. A channel that is closed is as nil from then on.
	// [Forward] feeds one from a pin.
	Edge <-chan struct{}
	// Delay is the time from a press to the first Held event, Repeat that between two. 0 is 250 ms and 33 ms. A negative
	// Delay is no Held events.
	Delay, Repeat time.Duration
	// Rotation turns the directions with the picture of a matrix that has the same rotation: 0, 90, 180 or 270 degrees
	// clockwise. At 0 the HDMI socket is down.
	Rotation int
}

// Validate reports all problems of the options, or nil. New and OpenEvdev do the same.
func (o *Options) Validate() error {
	_, err := o.setup()
	return err
}

// setup returns the options with all defaults filled in.
func (o *Options) setup() (Options, error) {
	var v Options
	if o != nil {
		v = *o
	}
	var errs []error
	if v.Poll < 0 {
		errs = append(errs, errors.New("sensor: joystick: poll is "+v.Poll.String()+", want more than 0"))
	}
	if v.Repeat < 0 {
		errs = append(errs, errors.New("sensor: joystick: repeat is "+v.Repeat.String()+", want more than 0"))
	}
	if r := v.Rotation; r != 0 && r != 90 && r != 180 && r != 270 {
		errs = append(errs, errors.New("sensor: joystick: rotation is "+strconv.Itoa(r)+" degrees, want 0, 90, 180 or 270"))
	}
	if v.Poll == 0 {
		v.Poll = 20 * time.Millisecond
	}
	if v.Delay == 0 {
		v.Delay = 250 * time.Millisecond
	}
	if v.Repeat == 0 {
		v.Repeat = 33 * time.Millisecond
	}
	return v, errors.Join(errs...)
}
