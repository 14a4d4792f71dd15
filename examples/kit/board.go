package main

import (
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
	"github.com/brinkml/brink/sensor/sensehat"
)

// board is what is measured with.
type board struct {
	env    sensor.Source[physic.Env]
	motion sensor.Source[sensor.Motion]
	close  func() error
}

// openBoard opens the Sense HAT at a bus, or an emulated one.
func openBoard(name string) (*board, error) {
	var bus i2c.Bus
	closeBus := func() error { return nil }
	if name == "" {
		b := emulator.New(&emulator.Options{Noise: 1})
		b.SetFunc(day)
		bus = b
	} else {
		if _, err := host.Init(); err != nil {
			return nil, fmt.Errorf("this computer's buses cannot be used: %w", err)
		}
		b, err := i2creg.Open(name)
		if err != nil {
			return nil, fmt.Errorf("I2C bus %q cannot be opened: %w", name, err)
		}
		bus, closeBus = b, b.Close
	}
	hat, err := sensehat.Open(bus, nil)
	if err != nil {
		return nil, errors.Join(err, closeBus())
	}
	env, err1 := hat.Env()
	motion, err2 := hat.Motion()
	b := &board{env: env, motion: motion, close: func() error { return errors.Join(hat.Close(), closeBus()) }}
	if err := errors.Join(err1, err2); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// day is the world around the emulated board, where a day lasts ten seconds: it gets hot, and somebody shakes the kit.
func day(t time.Time) emulator.World {
	phase := float64(t.UnixMilli()%10_000) / 10_000
	w := emulator.Room()
	w.Env.Temperature = physic.ZeroCelsius + physic.Temperature((25+8*math.Sin(2*math.Pi*phase))*float64(physic.Kelvin))
	if phase > 0.6 && phase < 0.8 {
		w.Motion.Accel[0] += 6 * math.Sin(2*math.Pi*40*phase)
	}
	return w
}
