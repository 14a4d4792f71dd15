package main

import (
	"errors"
	"fmt"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/host/v3"

	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/sensehat"
)

// openBus opens the computer's bus, or an emulated one.
func openBus(o options) (i2c.Bus, func() error, error) {
	if o.emulated {
		board := emulator.New(&emulator.Options{Noise: 1, WireTime: true, Color: emulator.TCS3400})
		return board, func() error { return nil }, nil
	}
	if _, err := host.Init(); err != nil {
		return nil, nil, fmt.Errorf("this computer's buses cannot be used: %w", err)
	}
	bus, err := i2creg.Open(o.bus)
	switch {
	case err != nil && len(i2creg.All()) == 0:
		return nil, nil, errors.New("there is no I2C bus on this computer: enable I2C, as with raspi-config on a Raspberry Pi, or try -emulated")
	case err != nil:
		return nil, nil, fmt.Errorf("I2C bus %q cannot be opened: %w", o.bus, err)
	}
	if o.recover {
		if err := sensehat.Recover(bus); err != nil {
			return nil, nil, fmt.Errorf("%w (%v)", err, bus.Close())
		}
	}
	return bus, bus.Close, nil
}

// boardOptions are those of the board that o asks for.
func boardOptions(o options) *sensehat.Options {
	var b sensehat.Options
	if o.kernel {
		b.Kernel = sensehat.NewKernel("", "")
	}
	return &b
}
