package hts221_test

import (
	"context"
	"fmt"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/hts221"
)

func Example() {
	// On a Raspberry Pi: bus, err := i2creg.Open("1") after host.Init().
	bus := emulator.New(nil)
	world := emulator.Room()
	world.Env.Humidity = 40 * physic.PercentRH
	world.Env.Temperature = physic.ZeroCelsius + 21*physic.Celsius
	bus.Set(world)

	dev, err := hts221.New(bus, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dev.Halt()
	sampler, err := sensor.NewSampler(dev, 100*time.Millisecond, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for r, err := range sampler.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		percent := float64(r.Value.Humidity) / float64(physic.PercentRH)
		fmt.Printf("%.1f %%RH, %.1f °C\n", percent, r.Value.Temperature.Celsius())
		break
	}
	// Output:
	// sensor: hts221: no conversion has finished yet
	// 40.0 %RH, 21.0 °C
}

// A device that measures now and then lets the part sleep in between: a read has it convert, and waits.
func ExampleOptions_oneShot() {
	dev, err := hts221.New(emulator.New(nil), &hts221.Options{OneShot: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dev.Halt()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var r sensor.Reading[physic.Env]
	if err := dev.Read(ctx, &r); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f °C\n", r.Value.Temperature.Celsius())
	// Output:
	// 21 °C
}
