package lps25h

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/envloop"
	"github.com/brinkml/brink/sensor/internal/regs"
)

const chip = "lps25h"

var errNotReady = fmt.Errorf("sensor: lps25h: %w", sensor.ErrNotReady)

// Dev is one LPS25H. All methods may be called from any goroutine; a lock is held for the length of a bus transaction.
//
// A part that has lost its power, or whose bus failed, is set up again by the read that follows.
type Dev struct {
	set  setup
	loop envloop.Loop

	mu   sync.Mutex
	bank regs.Bank
	life regs.Life
	seen uint8 // status bits seen since the start
	raw  [5]byte
	seq  uint64
}

// New checks that the part is there and starts it with all of its settings written. Errors are those of bad options, all
// together and before the bus is touched; *sensor.NotPresentError, which names the LPS22HB where one answers; and
// *sensor.BusError. The bus stays the caller's.
func New(bus i2c.Bus, o *Options) (*Dev, error) {
	set, err := o.setup()
	if bus == nil {
		err = errors.Join(err, errors.New("sensor: lps25h: bus is nil"))
	}
	if err != nil {
		return nil, err
	}
	d := &Dev{set: set, bank: regs.Bank{Chip: chip, Bus: bus, Addr: set.addr, Auto: autoIncrement}}
	if err := d.start(); err != nil {
		return nil, err
	}
	return d, nil
}

// String names the part and its bus.
func (d *Dev) String() string { return "LPS25H{" + d.bank.Bus.String() + "}" }

// start brings the part from any state to converting, without anything left from before. d.mu is held, or d is new.
func (d *Dev) start() error {
	d.life.Halted() // a start that fails is begun anew by the next read
	if err := d.bank.Probe(regWhoAmI, whoAmI, otherChip); err != nil {
		return err
	}
	if err := d.bank.WriteAll(d.set.idle...); err != nil {
		return err
	}
	if _, err := d.bank.Read(regStatus, 6); err != nil { // drops a conversion of a former run
		return err
	}
	if err := d.bank.WriteAll(d.set.on); err != nil {
		return err
	}
	d.seen = 0
	d.life.Started(time.Now(), d.set.period)
	return nil
}

// Read takes pressure and temperature in one transaction; the humidity is 0. It returns sensor.ErrNotReady until both
// have been converted once, and *sensor.BusError when the bus fails. Quality may have Stale, and OutOfRange for a pressure
// outside 260..1260 hPa or a temperature outside -30..105 °C.
//
// After Halt, the first Read starts the part again. That, and setting up a part that lost its power, can give the errors
// of New.
func (d *Dev) Read(ctx context.Context, r *sensor.Reading[physic.Env]) error {
	*r = sensor.Reading[physic.Env]{}
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	r.At = time.Now()
	if err := d.life.Ensure(&d.bank, d.set.on, d.start); err != nil {
		return err
	}
	p, err := d.bank.Read(regStatus, 6)
	if err != nil {
		d.life.Doubt()
		return err
	}
	fresh, raw := p[0]&(statusP|statusT), [5]byte(p[1:])
	if fresh == 0 && raw != d.raw {
		// Converted after its status was sent, or reset by a loss of power.
		d.life.Doubt()
		if err := d.life.Ensure(&d.bank, d.set.on, d.start); err != nil {
			return err
		}
		fresh = d.seen // nothing, if it was started again
	}
	d.raw = raw
	d.seen |= fresh
	d.life.Saw(r.At, fresh != 0)
	if d.seen != statusP|statusT {
		r.Quality = sensor.NotReady
		return errNotReady
	}
	if fresh == 0 {
		r.Quality = sensor.Stale
	}
	convert(raw[:], r)
	d.seq++
	r.Seq = d.seq
	return nil
}

// Sense sets pressure and temperature, and leaves the humidity as it is. After a start it waits for the first conversion,
// for two periods at most.
func (d *Dev) Sense(env *physic.Env) error {
	v, err := envloop.Sense(d, d.set.period)
	if err != nil {
		return err
	}
	env.Pressure, env.Temperature = v.Pressure, v.Temperature
	return nil
}

// SenseContinuous senses at the interval, on a goroutine of its own, until Halt, which closes the channel, or until it is
// called again. The channel holds the newest value; failed reads are left out: use a sensor.Sampler to see them.
func (d *Dev) SenseContinuous(interval time.Duration) (<-chan physic.Env, error) {
	return d.loop.Start(d, interval)
}

// Precision sets what one count of the converter is worth.
func (d *Dev) Precision(env *physic.Env) {
	env.Pressure = 100 * physic.Pascal / 4096
	env.Temperature = physic.Celsius / 480
}

// Halt ends SenseContinuous, waits for its goroutine, and powers the part down.
func (d *Dev) Halt() error {
	d.loop.Stop() // without d.mu: the goroutine needs it to finish
	d.mu.Lock()
	defer d.mu.Unlock()
	d.life.Halted()
	return d.bank.Write(regCtrl1, 0)
}

var (
	_ conn.Resource             = (*Dev)(nil)
	_ physic.SenseEnv           = (*Dev)(nil)
	_ sensor.Source[physic.Env] = (*Dev)(nil)
)
