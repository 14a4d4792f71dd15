package hts221

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

// Addr is the part's only bus address.
const Addr = 0x5F

const chip = "hts221"

var errNotReady = fmt.Errorf("sensor: hts221: %w", sensor.ErrNotReady)

// Dev is one HTS221. All methods may be called from any goroutine; a lock is held for the length of a bus transaction.
//
// A part that has lost its power, or whose bus failed, is set up again by the read that follows.
type Dev struct {
	set  setup
	loop envloop.Loop

	mu   sync.Mutex
	bank regs.Bank
	cal  calibration
	life regs.Life
	seen uint8 // status bits seen since the start
	raw  [4]byte
	seq  uint64
}

// New checks that the part is there, reads its calibration, and starts it with all of its settings written. Errors are
// those of bad options, all together and before the bus is touched; *sensor.NotPresentError; *sensor.CalibrationError;
// and *sensor.BusError. The bus stays the caller's.
func New(bus i2c.Bus, o *Options) (*Dev, error) {
	set, err := o.setup()
	if bus == nil {
		err = errors.Join(err, errors.New("sensor: hts221: bus is nil"))
	}
	if err != nil {
		return nil, err
	}
	d := &Dev{set: set, bank: regs.Bank{Chip: chip, Bus: bus, Addr: Addr, Auto: autoIncrement}}
	if err := d.start(); err != nil {
		return nil, err
	}
	return d, nil
}

// String names the part and its bus.
func (d *Dev) String() string { return "HTS221{" + d.bank.Bus.String() + "}" }

// start brings the part from any state to converting, without anything left from before. d.mu is held, or d is new.
func (d *Dev) start() error {
	d.life.Halted() // a start that fails is begun anew by the next read
	if err := d.bank.Probe(regWhoAmI, whoAmI, nil); err != nil {
		return err
	}
	p, err := d.bank.Read(regCalib, calibBytes)
	if err != nil {
		return err
	}
	cal, err := parseCalibration(p)
	if err != nil {
		return err
	}
	if err := d.bank.WriteAll(d.set.idle...); err != nil {
		return err
	}
	if _, err := d.bank.Read(regStatus, 5); err != nil { // drops a conversion of a former run
		return err
	}
	if err := d.bank.WriteAll(d.set.on); err != nil {
		return err
	}
	d.cal, d.seen = cal, 0
	d.life.Started(time.Now(), d.set.period)
	return nil
}

// Read takes humidity and temperature in one transaction; the pressure is 0. It returns sensor.ErrNotReady until both
// have been converted once, and *sensor.BusError when the bus fails. Quality may have Stale, Clipped for a humidity cut to
// 0..100 %RH, and OutOfRange for a temperature outside -40..120 °C.
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
	p, err := d.bank.Read(regStatus, 5)
	if err != nil {
		d.life.Doubt()
		return err
	}
	fresh, raw := p[0]&(statusH|statusT), [4]byte(p[1:])
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
	if d.seen != statusH|statusT {
		r.Quality = sensor.NotReady
		return errNotReady
	}
	if fresh == 0 {
		r.Quality = sensor.Stale
	}
	d.cal.convert(regs.Int16(raw[0:]), regs.Int16(raw[2:]), r)
	d.seq++
	r.Seq = d.seq
	return nil
}

// Sense sets humidity and temperature, and leaves the pressure as it is. After a start it waits for the first conversion,
// for two periods at most.
func (d *Dev) Sense(env *physic.Env) error {
	v, err := envloop.Sense(d, d.set.period)
	if err != nil {
		return err
	}
	env.Humidity, env.Temperature = v.Humidity, v.Temperature
	return nil
}

// SenseContinuous senses at the interval, on a goroutine of its own, until Halt, which closes the channel, or until it is
// called again. The channel holds the newest value; failed reads are left out: use a sensor.Sampler to see them.
func (d *Dev) SenseContinuous(interval time.Duration) (<-chan physic.Env, error) {
	return d.loop.Start(d, interval)
}

// Precision sets what one count of the converter is worth, by the part's own calibration.
func (d *Dev) Precision(env *physic.Env) {
	d.mu.Lock()
	defer d.mu.Unlock()
	env.Humidity = physic.RelativeHumidity(d.cal.humidity.perCount(perHalfPercent))
	env.Temperature = physic.Temperature(d.cal.temperature.perCount(perEighth))
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
