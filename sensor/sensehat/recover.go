package sensehat

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/pin"
)

// ErrLocked is what [Recover] returns when something still holds the data line down.
var ErrLocked = errors.New("sensor: sensehat: the data line of the bus is held down")

// Recover frees a bus that a part has locked: one that lost its power or a clock in the middle of a byte, and goes on
// holding the data line down, so that all transactions with all parts time out. No transaction can end that. Recover takes
// the bus's two pins from the controller, gives the clock by hand until the part lets go, nine times at most, ends with a
// stop condition, and gives the pins back (NXP UM10204 Rev 7, section 3.1.16; ST AN4450, section 6.1). On a bus that is
// free it gives no clock.
//
// It takes less than a millisecond, and nobody may use the bus meanwhile. The bus must be an i2c.Pins whose pins are GPIOs,
// as on a Raspberry Pi with periph's host and the right to use /dev/gpiomem; for others Recover returns an error that wraps
// errors.ErrUnsupported, and [ErrLocked] when the clocks were of no use. What remains then is to take the board's power.
func Recover(bus i2c.Bus) (err error) {
	pins, ok := bus.(i2c.Pins)
	if !ok {
		return unsupported("the bus does not tell its pins")
	}
	scl, sda := pins.SCL(), pins.SDA()
	if scl == nil || sda == nil || scl == gpio.INVALID || sda == gpio.INVALID {
		return unsupported("the bus does not know its pins")
	}
	for _, p := range [...]gpio.PinIO{scl, sda} {
		f, ok := p.(pin.PinFunc)
		if !ok {
			return unsupported("pin " + p.Name() + " cannot be given back to the bus")
		}
		was := f.Func()
		defer func() { err = errors.Join(err, f.SetFunc(was)) }()
	}
	var w wires
	w.release(sda)
	w.release(scl)
	for range 9 {
		if w.err != nil || sda.Read() == gpio.High {
			break
		}
		w.pull(scl)
		w.release(scl)
	}
	if w.err == nil && sda.Read() == gpio.Low {
		return ErrLocked
	}
	w.pull(scl)
	w.pull(sda)
	w.release(scl)
	w.release(sda) // a rise while the clock is high: stop
	return w.err
}

// wires moves open lines: one is let go of, never driven high, since a part may hold it down.
type wires struct{ err error }

// half is half a clock at 100 kHz.
const half = 5 * time.Microsecond

func (w *wires) pull(p gpio.PinIO) { w.note(p.Out(gpio.Low)) }

func (w *wires) release(p gpio.PinIO) { w.note(p.In(gpio.PullNoChange, gpio.NoEdge)) }

func (w *wires) note(err error) {
	w.err = errors.Join(w.err, err)
	time.Sleep(half)
}

func unsupported(why string) error {
	return fmt.Errorf("sensor: sensehat: recover: %s: %w", why, errors.ErrUnsupported)
}
