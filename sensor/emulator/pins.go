package emulator

import (
	"errors"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/pin"
)

// SCL implements [i2c.Pins]: the clock line, as a pin of the computer's that
// can be taken from the controller and moved by hand. Lines are open: one is
// high unless someone pulls it down. A [BusLock] ends after the pulses of the
// clock that the part still waits for, which are nine at most (NXP UM10204
// Rev 7, section 3.1.16). Until both pins have their function back, by SetFunc
// of [pin.PinFunc], transactions fail with [ErrTimeout].
func (b *Board) SCL() gpio.PinIO { return &line{board: b, clock: true} }

// SDA implements [i2c.Pins]: the data line. See [Board.SCL].
func (b *Board) SDA() gpio.PinIO { return &line{board: b} }

// wiring is what the computer does with the two lines.
type wiring struct {
	scl, sda pin.Func // "" is the controller's
	pulses   int      // of the clock since the bus was locked
}

// line is one of the two pins.
type line struct {
	board *Board
	clock bool
}

func (w *wiring) of(l *line) *pin.Func {
	if l.clock {
		return &w.scl
	}
	return &w.sda
}

// controlled reports whether the controller has both lines.
func (w *wiring) controlled() bool { return w.scl == "" && w.sda == "" }

// locked returns the fault by which a part holds the data line down, or nil.
func (b *Board) locked() *fault {
	for _, f := range b.faults {
		if f.begun && f.Kind == BusLock {
			return f
		}
	}
	return nil
}

// unlock ends the bus locks of the part at addr, and those of no part in
// particular.
func (b *Board) unlock(addr uint16, now time.Time) {
	for i := len(b.faults) - 1; i >= 0; i-- {
		if f := b.faults[i]; f.begun && f.Kind == BusLock && (f.Addr == 0 || f.Addr == addr) {
			b.end(f, now)
		}
	}
}

// drive gives the line a function.
func (l *line) drive(f pin.Func) {
	b := l.board
	b.mu.Lock()
	defer b.mu.Unlock()
	at := b.wiring.of(l)
	was := *at
	*at = f
	if !l.clock || was != gpio.OUT_LOW || f == gpio.OUT_LOW {
		return
	}
	// A rise of the clock. The part lets go after the bits of its byte.
	now := time.Now()
	b.catchUp(now)
	lock := b.locked()
	if lock == nil {
		b.wiring.pulses = 0
		return
	}
	b.wiring.pulses++
	if b.wiring.pulses >= 1+int(mix(b.seed)%9) {
		b.wiring.pulses = 0
		b.end(lock, now)
	}
}

// Read returns the line's level, whoever makes it.
func (l *line) Read() gpio.Level {
	b := l.board
	b.mu.Lock()
	defer b.mu.Unlock()
	b.catchUp(time.Now())
	if *b.wiring.of(l) == gpio.OUT_LOW {
		return gpio.Low
	}
	return gpio.Level(l.clock || b.locked() == nil)
}

// In lets go of the line.
func (l *line) In(gpio.Pull, gpio.Edge) error {
	l.drive(gpio.IN)
	return nil
}

// Out pulls the line down or up.
func (l *line) Out(level gpio.Level) error {
	if level {
		l.drive(gpio.OUT_HIGH)
	} else {
		l.drive(gpio.OUT_LOW)
	}
	return nil
}

// SetFunc implements [pin.PinFunc].
func (l *line) SetFunc(f pin.Func) error {
	switch f {
	case l.bus(), l.bus().Specialize(1, -1):
		l.drive("")
	case gpio.IN, gpio.OUT_LOW, gpio.OUT_HIGH:
		l.drive(f)
	default:
		return errors.New("emulator: " + l.Name() + ": unsupported function " + string(f))
	}
	return nil
}

// Func implements [pin.PinFunc].
func (l *line) Func() pin.Func {
	l.board.mu.Lock()
	f := *l.board.wiring.of(l)
	l.board.mu.Unlock()
	if f == "" {
		return l.bus().Specialize(1, -1)
	}
	return f
}

// SupportedFuncs implements [pin.PinFunc].
func (l *line) SupportedFuncs() []pin.Func {
	return []pin.Func{gpio.IN, gpio.OUT, l.bus().Specialize(1, -1)}
}

func (l *line) bus() pin.Func {
	if l.clock {
		return i2c.SCL
	}
	return i2c.SDA
}

var errLine = errors.New("emulator: the lines of the bus have neither edges nor PWM")

func (l *line) String() string                        { return l.Name() }
func (l *line) Halt() error                           { return nil }
func (l *line) Name() string                          { return string(l.bus().Specialize(1, -1)) }
func (l *line) Number() int                           { return -1 }
func (l *line) Function() string                      { return string(l.Func()) }
func (l *line) WaitForEdge(time.Duration) bool        { return false }
func (l *line) Pull() gpio.Pull                       { return gpio.PullUp }
func (l *line) DefaultPull() gpio.Pull                { return gpio.PullUp }
func (l *line) PWM(gpio.Duty, physic.Frequency) error { return errLine }

var (
	_ i2c.Pins    = (*Board)(nil)
	_ gpio.PinIO  = (*line)(nil)
	_ pin.PinFunc = (*line)(nil)
)
