package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/host/v3"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/ledmatrix"
	"github.com/brinkml/brink/sensor/sensehat"
)

// The intervals of the book's programs.
const (
	readEvery      = 10 * time.Second
	inferEvery     = 10 * time.Second
	applianceEvery = 5 * time.Second
	leafEvery      = 5 * time.Second
)

// board is the Sense HAT.
type board struct {
	env    sensor.Source[physic.Env]
	matrix *ledmatrix.Dev
	close  func() error
}

// openBoard opens the Sense HAT at a bus, or an emulated one.
func openBoard(o *options) (*board, error) {
	var bus i2c.Bus
	closeBus := func() error { return nil }
	if o.i2c == "" {
		b := emulator.New(&emulator.Options{Noise: 1, Seed: o.seed})
		b.SetFunc(weather(o))
		bus = b
	} else {
		if _, err := host.Init(); err != nil {
			return nil, fmt.Errorf("this computer's buses cannot be used: %w", err)
		}
		b, err := i2creg.Open(o.i2c)
		if err != nil {
			return nil, fmt.Errorf("I2C bus %q cannot be opened: %w", o.i2c, err)
		}
		bus, closeBus = b, b.Close
	}
	hat, err := sensehat.Open(bus, nil)
	if err != nil {
		return nil, errors.Join(err, closeBus())
	}
	env, err1 := hat.Env()
	matrix, err2 := hat.Matrix()
	b := &board{env: env, matrix: matrix, close: func() error { return errors.Join(hat.Close(), closeBus()) }}
	if err := errors.Join(err1, err2); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// weather is what the emulated board is in: within some minutes of the book's time the air becomes warm, damp, cold and dry in turn.
func weather(o *options) func(time.Time) emulator.World {
	cycle := float64(o.often(3 * time.Minute))
	return func(t time.Time) emulator.World {
		phase := 2 * math.Pi * float64(t.UnixNano()%int64(cycle)) / cycle
		w := emulator.Room()
		w.Env.Temperature = physic.ZeroCelsius + physic.Temperature((22+9*math.Sin(phase))*float64(physic.Kelvin))
		w.Env.Humidity = physic.RelativeHumidity((48 - 27*math.Cos(phase)) * float64(physic.PercentRH))
		return w
	}
}

// measure is ReadSenseHAT. It publishes nothing before the sensor has measured, and nothing twice.
func (g *gateway) measure(ctx context.Context) error {
	var r sensor.Reading[physic.Env]
	if err := g.board.env.Read(ctx, &r); errors.Is(err, sensor.ErrNotReady) {
		return nil
	} else if err != nil {
		return err
	}
	if r.Quality.Has(sensor.Stale) {
		return nil
	}
	m := reading{
		Timestamp: stamp(r.At), DeviceID: "hvac",
		Temperature: number(r.Value.Temperature.Celsius()), Humidity: number(float64(r.Value.Humidity) / float64(physic.PercentRH)),
	}
	g.latest.Store(&m)
	return g.publish(readingTopic, m)
}
