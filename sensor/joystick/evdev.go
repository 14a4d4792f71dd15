package joystick

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"sync/atomic"
	"time"

	"periph.io/x/conn/v3"
)

// Name is the name by which the kernel knows the joystick.
const Name = "Raspberry Pi Sense HAT Joystick"

// ErrLost is yielded where the kernel's queue has overflowed, as it does when a loop is slower than the events of a
// direction that is held for a second: some are missing. What has changed in the meantime for good is yielded after it.
var ErrLost = errors.New("sensor: joystick: the kernel has dropped events that were not read in time")

// Evdev is the joystick as an input device of the kernel. It serves one loop at a time, of Events or Wait; all methods may
// be called from any goroutine.
type Evdev struct {
	file     device
	rotation int
	running  atomic.Bool

	// Of the loop that runs.
	decoder decoder
	lost    bool      // until the next report
	behind  bool      // what is down has to be asked for
	at      time.Time // of the report that ended the loss
	down    set       // what the events so far have said
}

// device is what of an *os.File is used.
type device interface {
	io.ReadCloser
	Name() string
	SetReadDeadline(time.Time) error
	// pressed returns what is down, and makes the kernel forget the events that led to it.
	pressed() (set, error)
}

// set has the bit 1<<d for each direction d that is down.
type set uint8

// OpenEvdev opens an input device of Linux: the one at path, as "/dev/input/event2", or with an empty path the one that has
// the joystick's [Name]. Of the options only Rotation matters.
//
// Errors are those of bad options; a *sensor.NotPresentError when no device has the name; those of package os when the
// device cannot be opened, fs.ErrPermission for who is not in the group "input"; os.ErrNoDeadline for a file that is no
// device; and errors.ErrUnsupported on other systems.
func OpenEvdev(path string, o *Options) (*Evdev, error) {
	v, err := o.setup()
	if err != nil {
		return nil, err
	}
	f, err := openInput(path)
	if err != nil {
		return nil, err
	}
	return &Evdev{file: f, rotation: v.Rotation, decoder: decoder{size: nativeInputSize}}, nil
}

// String names the joystick and its device.
func (d *Evdev) String() string { return "Joystick{" + d.file.Name() + "}" }

// Close closes the device. A loop that runs yields os.ErrClosed and ends.
func (d *Evdev) Close() error { return d.file.Close() }

// Halt does nothing: the device has no other state. A loop is ended by its context.
func (d *Evdev) Halt() error { return nil }

// Events yields what the kernel reports, until the consumer breaks or ctx ends, which ends the loop at once, also while it
// waits for an event, and is not yielded. Events that were not yielded are left for the next loop.
//
// Errors are ErrLost, after which the loop goes on; ErrRunning for a second loop that begins before the first has ended; and
// an error that wraps the one of the device, such as io.EOF or ENODEV once that is gone, which ends the loop.
func (d *Evdev) Events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if !d.running.CompareAndSwap(false, true) {
			yield(Event{}, ErrRunning)
			return
		}
		defer d.running.Store(false)
		d.loop(ctx, yield)
	}
}

// Wait returns the next event. Errors are those that Events yields, and ctx.Err() when ctx ends first.
func (d *Evdev) Wait(ctx context.Context) (Event, error) { return first(ctx, d.Events(ctx)) }

func (d *Evdev) loop(ctx context.Context, yield func(Event, error) bool) {
	// A deadline in the past ends a read that blocks.
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(interrupted)
		_ = d.file.SetReadDeadline(time.Unix(1, 0)) // fails on a closed file, which ends the read too
	})
	defer func() {
		if !stop() {
			<-interrupted
			_ = d.file.SetReadDeadline(time.Time{})
		}
	}()
	for ctx.Err() == nil {
		if d.behind && !d.catchUp(ctx, yield) {
			return
		}
		in, err := d.decoder.next(d.file)
		if err != nil {
			if ctx.Err() == nil {
				yield(Event{At: time.Now()}, &DeviceError{Path: d.file.Name(), Err: err})
			}
			return
		}
		switch e, ok := in.event(); {
		case in.kind == evSyn && in.code == synDropped:
			d.lost = true
			if !yield(Event{At: in.at}, ErrLost) {
				return
			}
		case in.kind == evSyn && in.code == synReport:
			d.at, d.behind, d.lost = in.at, d.lost, false
		case ok && !d.lost: // what is left of a report that was cut is of no use (evdev's rule)
			if !yield(d.took(e), nil) {
				return
			}
		}
	}
}

// took notes an event and returns it as the player sees it.
func (d *Evdev) took(e Event) Event {
	if e.Action == Released {
		d.down &^= 1 << e.Direction
	} else {
		d.down |= 1 << e.Direction
	}
	e.Direction = e.Direction.turned(d.rotation)
	return e
}

// catchUp yields the difference between what the events have said and what is down, releases first. It reports whether the
// loop goes on.
func (d *Evdev) catchUp(ctx context.Context, yield func(Event, error) bool) bool {
	now, err := d.file.pressed()
	if err != nil { // the device cannot say: ErrLost has been yielded, and the next events are as good as any
		d.behind = false
		return true
	}
	d.decoder.drop() // they led to what is known now
	for _, a := range []Action{Released, Pressed} {
		for direction := Up; direction <= Middle; direction++ {
			bit := set(1) << direction
			if changed := (d.down ^ now) & bit; changed == 0 || (now&bit != 0) != (a == Pressed) {
				continue
			}
			if !yield(d.took(Event{At: d.at, Direction: direction, Action: a}), nil) || ctx.Err() != nil {
				return false // still behind: the next loop asks again
			}
		}
	}
	d.behind = false
	return true
}

// DeviceError says that the input device failed, as one does that has gone.
type DeviceError struct {
	Path string
	Err  error
}

func (e *DeviceError) Error() string {
	if _, ok := errors.AsType[*os.PathError](e.Err); ok {
		return "sensor: joystick: " + e.Err.Error()
	}
	return "sensor: joystick: read " + e.Path + ": " + e.Err.Error()
}

// Unwrap returns e.Err.
func (e *DeviceError) Unwrap() error { return e.Err }

var _ conn.Resource = (*Evdev)(nil)
