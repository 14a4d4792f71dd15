package tcs3400_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/tcs3400"
)

func Example() {
	// On a Raspberry Pi: bus, err := i2creg.Open("1") after host.Init().
	bus := emulator.New(&emulator.Options{Color: emulator.TCS3400})
	world := emulator.Room()
	world.Light = emulator.WhiteLight(500, 2700)
	bus.Set(world)

	dev, err := tcs3400.New(bus, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dev.Halt()
	sampler, err := sensor.NewSampler(dev, 2*dev.Period(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for r, err := range sampler.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%.0f lux, %.0f K\n", r.Value.Lux(), r.Value.ColorTemperature())
		break
	}
	// Output:
	// sensor: tcs3400: no conversion has finished yet
	// 500 lux, 2700 K
}

// Whether somebody has opened the box, without reading how bright it is: the part watches the thresholds by itself.
func ExampleDev_Interrupt() {
	bus := emulator.New(&emulator.Options{Color: emulator.TCS34725})
	dark := emulator.Room()
	dark.Light = emulator.Light{}
	bus.Set(dark)
	dev, err := tcs3400.New(bus, &tcs3400.Options{Cycles: 1, Gain: 16, Interrupt: true, High: 20, Persistence: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dev.Halt()
	time.Sleep(50 * time.Millisecond)
	open, err := dev.Interrupt()
	fmt.Println(open, err)

	bus.Set(emulator.Room())
	time.Sleep(50 * time.Millisecond)
	open, err = dev.Interrupt()
	fmt.Println(open, errors.Join(err, dev.ClearInterrupt()))
	// Output:
	// false <nil>
	// true <nil>
}
