package joystick

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/regs"
)

// Addr is the address of the microcontroller, which serves the LED matrix too.
const Addr = 0x46

const chip = "joystick"

// Registers of the ATtiny88 on the SenseHAT.
const (
	regWhoAmI = 0xF0 // 's'
	regKeys   = 0xF2 // a bit for each switch that is closed: down, right, up, middle, left

	whoAmI = 's'
	// readMask drops the top bit of what is read: the Raspberry Pi's controller can set it when the ATtiny stretches the
	// clock (rpisense-core.c).
	readMask = 0x7F
)

// Dev is the joystick on its I²C bus. It serves one loop at a time, of Events or Wait; they may be called from any
// goroutine.
type Dev struct {
	o       Options
	running atomic.Bool

	// Of the loop that runs.
	bank regs.Bank
	keys keys
}

// New checks that the microcontroller is there. Errors are those of bad options, all together and before the bus is
// touched, and *sensor.NotPresentError. The bus stays the caller's.
func New(bus i2c.Bus, o *Options) (*Dev, error) {
	v, err := o.setup()
	if bus == nil {
		err = errors.Join(err, errors.New("sensor: joystick: bus is nil"))
	}
	if err != nil {
		return nil, err
	}
	d := &Dev{o: v, bank: regs.Bank{Chip: chip, Bus: bus, Addr: Addr}, keys: keys{delay: v.Delay, repeat: v.Repeat}}
	p, err := d.bank.Read(regWhoAmI, 1)
	if err != nil {
		return nil, &sensor.NotPresentError{Chip: chip, Addr: Addr, Want: whoAmI, Err: err}
	}
	if got := p[0] & readMask; got != whoAmI {
		return nil, &sensor.NotPresentError{Chip: chip, Addr: Addr, Want: whoAmI, Got: got}
	}
	return d, nil
}

// String names the joystick and its bus.
func (d *Dev) String() string { return "Joystick{" + d.bank.Bus.String() + "}" }

// Halt does nothing: the microcontroller has no other state. A loop is ended by its context.
func (d *Dev) Halt() error { return nil }

// Events reads the joystick and yields what happens, until the consumer breaks or ctx ends, which ends the loop at once and
// is not yielded. A read that failed is yielded as a *sensor.BusError, with the time of the read and nothing else in the
// event, and the loop goes on. A second loop that begins before the first has ended yields ErrRunning and ends.
//
// A direction that is down when the first loop begins counts as pressed then. What happens between two loops is yielded by
// the second as far as it left a trace: what is down, and what is not any more.
//
// Reading allocates nothing.
func (d *Dev) Events(ctx context.Context) iter.Seq2[Event, error] {
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
func (d *Dev) Wait(ctx context.Context) (Event, error) { return first(ctx, d.Events(ctx)) }

// first returns what comes first.
func first(ctx context.Context, events iter.Seq2[Event, error]) (Event, error) {
	for e, err := range events {
		return e, err
	}
	return Event{}, ctx.Err()
}

func (d *Dev) loop(ctx context.Context, yield func(Event, error) bool) {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	edge := d.o.Edge
	for ctx.Err() == nil {
		state, err := d.poll()
		now := time.Now()
		if err != nil && !yield(Event{At: now}, err) {
			return
		}
		for err == nil && ctx.Err() == nil {
			direction, action, ok := d.keys.next(now, state)
			if !ok {
				break
			}
			if !yield(Event{At: now, Direction: direction.turned(d.o.Rotation), Action: action}, nil) {
				return
			}
		}
		if edge == nil || err != nil || d.keys.down != 0 {
			timer.Reset(d.pause(time.Now()))
		}
		select {
		case <-timer.C:
		case _, ok := <-edge:
			if !ok {
				edge = nil
			}
			timer.Stop()
		case <-ctx.Done():
		}
	}
}

// poll returns the switches that are closed.
func (d *Dev) poll() (uint8, error) {
	p, err := d.bank.Read(regKeys, 1)
	if err != nil {
		return 0, err
	}
	return p[0] & readMask & allSwitches, nil
}

// pause is the time until the next poll: a Held event may come before it.
func (d *Dev) pause(now time.Time) time.Duration {
	if d.keys.last == 0 {
		return d.o.Poll
	}
	return max(min(d.o.Poll, d.keys.due.Sub(now)), 0)
}

var _ conn.Resource = (*Dev)(nil)
