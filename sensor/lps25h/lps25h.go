package lps25h

import (
	"context"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/envchip"
)

const chip = "lps25h"

// Dev is one LPS25H. All methods may be called from any goroutine; a lock is held for the length of a bus transaction.
//
// A part that has lost its power, or whose bus failed, is set up again by the read that follows.
type Dev struct{ base *envchip.Dev }

// New checks that the part is there and starts it with all of its settings written. Errors are those of bad options, all
// together and before the bus is touched; *sensor.NotPresentError, which names the LPS22HB where one answers; and
// *sensor.BusError. The bus stays the caller's.
func New(bus i2c.Bus, o *Options) (*Dev, error) {
	c, err := o.chip()
	base, err := envchip.New(bus, c, err)
	if err != nil {
		return nil, err
	}
	return &Dev{base}, nil
}

// String names the part and its bus.
func (d *Dev) String() string { return d.base.String() }

// Read takes pressure and temperature in one transaction; the humidity is 0. It returns sensor.ErrNotReady until both
// have been converted once, and *sensor.BusError when the bus fails. Quality may have Stale, and OutOfRange for a pressure
// outside 260..1260 hPa or a temperature outside -30..105 °C.
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

// Sense sets pressure and temperature, and leaves the humidity as it is. After a start it waits for the first conversion,
// for two periods at most.
func (d *Dev) Sense(env *physic.Env) error {
	v, err := d.base.Sense()
	if err != nil {
		return err
	}
	env.Pressure, env.Temperature = v.Pressure, v.Temperature
	return nil
}

// SenseContinuous senses at the interval, on a goroutine of its own, until Halt, which closes the channel, or until it is
// called again. The channel holds the newest value; failed reads are left out: use a sensor.Sampler to see them.
func (d *Dev) SenseContinuous(interval time.Duration) (<-chan physic.Env, error) {
	return d.base.SenseContinuous(interval)
}

// Precision sets what one count of the converter is worth.
func (d *Dev) Precision(env *physic.Env) {
	env.Pressure = 100 * physic.Pascal / 4096
	env.Temperature = physic.Celsius / 480
}

// Halt ends SenseContinuous, waits for its goroutine, and powers the part down.
func (d *Dev) Halt() error { return d.base.Halt() }

var (
	_ conn.Resource             = (*Dev)(nil)
	_ physic.SenseEnv           = (*Dev)(nil)
	_ sensor.Source[physic.Env] = (*Dev)(nil)
)
