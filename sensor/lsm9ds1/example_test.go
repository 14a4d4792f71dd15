package lsm9ds1_test

import (
	"context"
	"fmt"
	"time"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/lsm9ds1"
)

func Example() {
	// On a Raspberry Pi: bus, err := i2creg.Open("1") after host.Init().
	bus := emulator.New(nil)
	world := emulator.Room() // the board lies on a table
	world.Motion.Mag = [3]float64{-21, 4, 43}
	bus.Set(world)

	dev, err := lsm9ds1.New(bus, &lsm9ds1.Options{AccelRange: 2})
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
		fmt.Printf("acceleration %.2f m/s²\n", r.Value.Accel)
		fmt.Printf("rotation     %.2f rad/s\n", r.Value.Gyro)
		fmt.Printf("field        %.0f µT\n", r.Value.Mag)
		break
	}
	// Output:
	// sensor: lsm9ds1: no conversion has finished yet
	// acceleration [0.00 0.00 9.81] m/s²
	// rotation     [0.00 0.00 0.00] rad/s
	// field        [-21 4 43] µT
}
