package hts221

import (
	"context"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/envchip"
	"github.com/brinkml/brink/sensor/internal/regs"
)

// Addr is the part's only bus address.
const Addr = 0x5F

const chip = "hts221"

// Dev is one HTS221. All methods may be called from any goroutine; a lock is held for the length of a bus transaction.
//
// A part that has lost its power, or whose bus failed, is set up again by the read that follows.
type Dev struct {
	base *envchip.Dev
	cal  calibration // of the latest start; read and written under the lock of base
}

// New checks that the part is there, reads its calibration, and starts it with all of its settings written. Errors are
// those of bad options, all together and before the bus is touched; *sensor.NotPresentError; *sensor.CalibrationError;
// and *sensor.BusError. The bus stays the caller's.
func New(bus i2c.Bus, o *Options) (*Dev, error) {
	d := new(Dev)
	c, err := o.chip()
	c.Prepare, c.Convert = d.calibrate, d.convert
	if d.base, err = envchip.New(bus, c, err); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *Dev) calibrate(b *regs.Bank) error {
	p, err := b.Read(regCalib, calibBytes)
	if err != nil {
		return err
	}
	d.cal, err = parseCalibration(p)
	return err
}

func (d *Dev) convert(p []byte) (physic.Env, sensor.Quality) {
	return d.cal.convert(regs.Int16(p[0:]), regs.Int16(p[2:]))
}

// String names the part and its bus.
func (d *Dev) String() string { return d.base.String() }

// Read takes humidity and temperature in one transaction; the pressure is 0. It returns sensor.ErrNotReady until both
// have been converted once, and *sensor.BusError when the bus fails. Quality may have Stale, Clipped for a humidity cut to
// 0..100 %RH, and OutOfRange for a temperature outside -40..120 °C.
//
// With Options.OneShot, Read has the part convert, waits until it has, and then takes the values: two transactions with
// the conversion's time between them. It returns ctx.Err() as soon as ctx ends, and sensor.ErrNotReady if the conversion
// takes more than twice its time. Reads from several goroutines take turns.
//
// After Halt, the first Read starts the part again. That, and setting up a part that lost its power, can give the errors
// of New.
func (d *Dev) Read(ctx context.Context, r *sensor.Reading[physic.Env]) error {
	return d.base.Read(ctx, r)
}

// Sense sets humidity and temperature, and leaves the pressure as it is. After a start it waits for the first conversion,
// for two periods at most.
func (d *Dev) Sense(env *physic.Env) error {
	v, err := d.base.Sense()
	if err != nil {
		return err
	}
	env.Humidity, env.Temperature = v.Humidity, v.Temperature
	return nil
}

// SenseContinuous senses at the interval, on a goroutine of its own, until Halt, which closes the channel, or until it is
// called again. The channel holds the newest value; failed reads are left out: use a sensor.Sampler to see them.
func (d *Dev) SenseContinuous(interval time.Duration) (<-chan physic.Env, error) {
	return d.base.SenseContinuous(interval)
}

// Precision sets what one count of the converter is worth, by the part's own calibration.
func (d *Dev) Precision(env *physic.Env) {
	d.base.Locked(func() {
		env.Humidity = physic.RelativeHumidity(d.cal.humidity.perCount(perHalfPercent))
		env.Temperature = physic.Temperature(d.cal.temperature.perCount(perEighth))
	})
}

// Halt ends SenseContinuous, waits for its goroutine, and powers the part down, with its heater if that is on.
func (d *Dev) Halt() error { return d.base.Halt() }

var (
	_ conn.Resource             = (*Dev)(nil)
	_ physic.SenseEnv           = (*Dev)(nil)
	_ sensor.Source[physic.Env] = (*Dev)(nil)
)
