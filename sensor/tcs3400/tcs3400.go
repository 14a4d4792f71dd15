package tcs3400

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/regs"
)

const chip = "tcs3400"

var errNotReady = fmt.Errorf("sensor: tcs3400: %w", sensor.ErrNotReady)

// Dev is one colour sensor. All methods may be called from any goroutine; a lock is held for the length of the bus
// transactions of a call, and never while waiting for light.
//
// A part that has lost its power, or whose bus failed, is set up again by the read that follows.
type Dev struct {
	mu      sync.Mutex
	set     setup
	family  *family
	bank    regs.Bank
	command [2]byte // of the transaction that clears the interrupt
	life    regs.Life
	halted  bool
	longest time.Duration // from one value to the next
	news    time.Time     // of the last new value, or the start
	seen    bool          // there was a value since the start
	raw     [8]byte
	seq     uint64
}

// New finds the part, by its identity, and starts it with all of its settings written. Errors are those of bad options,
// all together and before the bus is touched; *sensor.NotPresentError, one for each address that was tried; and
// *sensor.BusError. The bus stays the caller's.
func New(bus i2c.Bus, o *Options) (*Dev, error) {
	set, err := o.setup()
	if bus == nil {
		err = errors.Join(err, errors.New("sensor: tcs3400: bus is nil"))
	}
	if err != nil {
		return nil, err
	}
	d := &Dev{set: set, bank: regs.Bank{Chip: chip, Bus: bus}}
	if err := d.find(); err != nil {
		return nil, err
	}
	if err := d.start(); err != nil {
		return nil, err
	}
	return d, nil
}

// find sets the address to the one where a part of either family answers.
func (d *Dev) find() error {
	var errs []error
	for _, addr := range d.set.addrs {
		d.bank.Addr = addr
		_, err := identify(&d.bank)
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// String names the part's family and its bus.
func (d *Dev) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.family.name + "{" + d.bank.Bus.String() + "}"
}

// start brings the part from any state to integrating, without anything left from before. d.mu is held, or d is new.
//
// The oscillator needs 2.4 ms before the first integration. It is switched on first and the integration last, which is as
// long at 100 kHz; at other speeds the part waits by itself, as it does for the kernel's driver.
func (d *Dev) start() error {
	d.life.Halted() // a start that fails is begun anew by the next read
	d.halted = false
	f, err := identify(&d.bank)
	if err != nil {
		return err
	}
	d.family, d.bank.Auto = f, f.auto
	if err := d.bank.Write(regEnable, 0); err != nil {
		return err
	}
	if err := d.bank.Write(regEnable, enablePower); err != nil {
		return err
	}
	if err := d.bank.WriteAll(d.set.registers(f)...); err != nil {
		return err
	}
	if err := d.clear(); err != nil { // of an integration of a former run
		return err
	}
	on := d.on()
	if err := d.bank.Write(on.Reg, on.Value); err != nil {
		return err
	}
	d.seen, d.news = false, time.Now()
	d.longest = d.set.period(f)*11/10 + f.cycle
	d.life.Started(d.news, d.longest)
	return nil
}

// on starts integrating.
func (d *Dev) on() regs.Set { return regs.Set{Reg: regEnable, Value: d.set.enable()} }

func (d *Dev) ensure() error { return d.life.Ensure(&d.bank, d.on(), d.start) }

// clear clears the interrupt: with a command in the one family, with a write of any value in the other.
func (d *Dev) clear() error {
	d.command = [2]byte{regClear, 0}
	n := 1
	if d.family == &tcs340x {
		n = 2
	}
	if err := d.bank.Bus.Tx(d.bank.Addr, d.command[:n], nil); err != nil {
		return &sensor.BusError{Chip: chip, Reg: regClear, Op: "write", Err: err}
	}
	return nil
}

// Read takes all four channels in one transaction, and with a second one notes that it has them. It returns
// sensor.ErrNotReady until the first integration after a start or a change of gain or cycles has ended, and
// *sensor.BusError when the bus fails. Quality may have Stale, for which see the package comment, and Clipped: when a
// channel is at its maximum; when the TCS3400 says that its converter was saturated; and when the clear channel is above
// three quarters of the maximum after 63 cycles or less, where the flicker of lamps may have saturated it for a while
// (DN40).
//
// The four counts of a reading can be of two integrations where one ends during the transaction.
//
// After Halt, the first Read starts the part again. That, and setting up a part that lost its power, can give the errors
// of New.
func (d *Dev) Read(ctx context.Context, r *sensor.Reading[Color]) error {
	*r = sensor.Reading[Color]{}
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	r.At = time.Now()
	if err := d.ensure(); err != nil {
		return err
	}
	p, err := d.bank.Read(regStatus, 9)
	if err != nil {
		d.life.Doubt()
		return err
	}
	status, raw := p[0], [8]byte(p[1:])
	if status&statusValid == 0 && d.seen { // reset by a loss of power
		d.seen = false
		d.life.Doubt()
		if err := d.ensure(); err != nil {
			return err
		}
	}
	fresh, err := d.fresh(r.At, status, raw)
	if err != nil {
		d.life.Doubt()
		return err
	}
	d.raw = raw
	if fresh {
		d.seen, d.news = true, r.At
	}
	d.life.Saw(r.At, fresh)
	if !d.seen {
		r.Quality = sensor.NotReady
		return errNotReady
	}
	if !fresh {
		r.Quality = sensor.Stale
	}
	d.convert(status, r)
	d.seq++
	r.Seq = d.seq
	return nil
}

// fresh reports whether what was read is new, and takes the mark for it from the part.
func (d *Dev) fresh(now time.Time, status uint8, raw [8]byte) (bool, error) {
	if status&statusValid == 0 {
		return false, nil
	}
	if !d.set.interrupt && status&statusInterrupt != 0 {
		// An integration that ends before the mark is cleared leaves none; it is noticed by its counts.
		return true, d.clear()
	}
	over := now.Sub(d.news) >= d.longest
	if !d.seen {
		return over, nil // AVALID may be that of an integration before the start
	}
	return raw != d.raw || d.set.interrupt && over, nil
}

// convert takes d.raw.
func (d *Dev) convert(status uint8, r *sensor.Reading[Color]) {
	count := func(i int) uint16 { return uint16(d.raw[i]) | uint16(d.raw[i+1])<<8 }
	c := &r.Value
	c.Clear, c.Red, c.Green, c.Blue = count(0), count(2), count(4), count(6)
	c.Max = uint16(min(1024*d.set.cycles, 0xFFFF))
	c.Gain = d.gain()
	c.Integration = time.Duration(d.set.cycles) * d.family.cycle
	limit := c.Max
	if d.set.cycles <= 63 {
		limit -= limit / 4
	}
	if max(c.Red, c.Green, c.Blue) >= c.Max || c.Clear >= limit || status&d.family.saturated != 0 {
		r.Quality |= sensor.Clipped
	}
}

func (d *Dev) gain() int { return [...]int{1, 4, 16, d.family.gain}[d.set.gain] }

// Gain returns the gain: 1, 4, 16, 60 or 64.
func (d *Dev) Gain() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.gain()
}

// SetGain changes the gain, as in Options, and begins a new integration: reads return sensor.ErrNotReady until that has
// ended. Errors are a bad gain, which changes nothing, and those of New; after them, the next Read tries again.
func (d *Dev) SetGain(gain int) error {
	code, err := gainCode(gain)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.set.gain = code
	return d.restart()
}

// Cycles returns the cycles of an integration.
func (d *Dev) Cycles() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.set.cycles
}

// SetCycles changes the length of an integration, as in Options, and begins a new one, as SetGain does.
func (d *Dev) SetCycles(n int) error {
	if err := checkCycles(n); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.set.cycles = n
	return d.restart()
}

// Period returns the time from one value to the next, wait included, typically. To read more often is no use.
func (d *Dev) Period() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.set.period(d.family)
}

// restart begins with new settings, unless the part was halted.
func (d *Dev) restart() error {
	if d.halted {
		return nil
	}
	return d.start()
}

// Halt powers the part down.
func (d *Dev) Halt() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.life.Halted()
	d.halted = true
	return d.bank.Write(regEnable, 0)
}

var (
	_ conn.Resource        = (*Dev)(nil)
	_ sensor.Source[Color] = (*Dev)(nil)
)
