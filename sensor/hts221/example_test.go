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
