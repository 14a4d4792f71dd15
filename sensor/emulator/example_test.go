package emulator_test

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/hts221"
	"github.com/brinkml/brink/sensor/ledmatrix"
	"github.com/brinkml/brink/sensor/lsm9ds1"
)

func Example() {
	board := emulator.New(nil)
	world := emulator.Room()
	world.Env.Temperature = physic.ZeroCelsius + 35*physic.Celsius
	world.Env.Humidity = 80 * physic.PercentRH
	board.Set(world)

	dev, err := hts221.New(board, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dev.Halt()
	var env physic.Env
	if err := dev.Sense(&env); err != nil { // waits for the first conversion
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f °C, %d %%RH\n", env.Temperature.Celsius(), (env.Humidity+physic.PercentRH/2)/physic.PercentRH)
	// Output:
	// 35.0 °C, 80 %RH
}

// The matrix is what the driver has drawn, in the LED's own 5 bits.
func ExampleBoard_Pixels() {
	board := emulator.New(nil)
	matrix, err := ledmatrix.New(board, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	green := image.NewUniform(color.NRGBA{G: 255, A: 255})
	if err := matrix.Draw(image.Rect(2, 0, 6, 1), green, image.Point{}); err != nil {
		fmt.Println(err)
		return
	}
	px := board.Pixels()
	for x := range 8 {
		fmt.Print(px[x].G, " ")
	}
	fmt.Println()
	// Output:
	// 0 0 255 255 255 255 0 0
}

// A board that lies flat is turned by a quarter, as a driver sees it.
func ExampleScene() {
	var t testing.T // in a package's tests that of the test
	synctest.Test(&t, func(t *testing.T) {
		board := emulator.New(nil)
		var hand emulator.Hand
		scene := &emulator.Scene{Pose: hand.Pose}
		board.SetFunc(scene.At)
		dev, err := lsm9ds1.New(board, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		hand.Turn([3]float64{0, 0, 1}, math.Pi/2, 4*time.Second)
		for range 3 {
			time.Sleep(2 * time.Second)
			var r sensor.Reading[sensor.Motion]
			if err := dev.Read(t.Context(), &r); err != nil {
				fmt.Println(err)
				return
			}
			fmt.Printf("turns at %.2f rad/s, the field is %3.0f µT along x and %3.0f along y\n", r.Value.Gyro[2], r.Value.Mag[0], r.Value.Mag[1])
		}
	})
	// Output:
	// turns at 0.79 rad/s, the field is  14 µT along x and -14 along y
	// turns at 0.00 rad/s, the field is   0 µT along x and -20 along y
	// turns at 0.00 rad/s, the field is   0 µT along x and -20 along y
}

// A cable comes loose for ten seconds, and the driver says so and recovers.
func ExampleBoard_Fault() {
	// In a package's tests this is the *testing.T of the test.
	var t testing.T
	synctest.Test(&t, func(t *testing.T) {
		board := emulator.New(nil)
		dev, err := hts221.New(board, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		time.Sleep(time.Second)
		board.Fault(emulator.Fault{Kind: emulator.Absent, Addr: emulator.HTS221, For: 10 * time.Second})
		for range 4 {
			var r sensor.Reading[physic.Env]
			err := dev.Read(t.Context(), &r)
			switch {
			case errors.Is(err, sensor.ErrNotReady):
				fmt.Println("not ready")
			case err != nil:
				fmt.Println(err)
			default:
				fmt.Printf("%.0f °C\n", r.Value.Temperature.Celsius())
			}
			time.Sleep(5 * time.Second)
		}
	})
	// Output:
	// sensor: hts221: read 0x27: sysfs-i2c: remote I/O error
	// sensor: hts221: read 0x20: sysfs-i2c: remote I/O error
	// not ready
	// 21 °C
}
