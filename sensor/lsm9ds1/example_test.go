package lsm9ds1_test

import (
	"context"
	"fmt"
	"math"
	"time"

	"periph.io/x/conn/v3/physic"

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

// A program that may be late gets every sample from the FIFO.
func ExampleDev_Samples() {
	bus := emulator.New(nil)
	dev, err := lsm9ds1.New(bus, &lsm9ds1.Options{Rate: 238 * physic.Hertz, MagRate: 80 * physic.Hertz, FIFO: 8})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dev.Halt()
	turned, n := 0.0, 0 // around z, in rad
	var last time.Time
	for r, err := range dev.Samples(context.Background()) {
		if err != nil {
			continue // at the start: the magnetometer has not converted yet
		}
		if !last.IsZero() && !r.Quality.Has(sensor.Overrun) {
			turned += r.Value.Gyro[2] * r.At.Sub(last).Seconds()
		}
		last = r.At
		if n++; n == 50 {
			break
		}
	}
	fmt.Printf("turned by %.1f° in %d samples\n", turned*180/math.Pi, n)
	// Output:
	// turned by 0.0° in 50 samples
}
