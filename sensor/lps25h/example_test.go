package lps25h_test

import (
	"context"
	"fmt"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/lps25h"
)

func Example() {
	// On a Raspberry Pi: bus, err := i2creg.Open("1") after host.Init().
	bus := emulator.New(nil)
	world := emulator.Room()
	world.Env.Pressure = 98720 * physic.Pascal
	world.Env.Temperature = physic.ZeroCelsius + 21*physic.Celsius
	bus.Set(world)

	dev, err := lps25h.New(bus, nil)
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
		hPa := float64(r.Value.Pressure) / float64(100*physic.Pascal)
		fmt.Printf("%.1f hPa, %.1f °C\n", hPa, r.Value.Temperature.Celsius())
		break
	}
	// Output:
	// sensor: lps25h: no conversion has finished yet
	// 987.2 hPa, 21.0 °C
}
